package namesrv

import "github.com/gannetmq/gannet/compat/jconf"

// knownKeys is the rest of NamesrvConfig and NettyServerConfig, and what Java reads from the same file
// for a name server that dials others or holds a controller: NettyClientConfig and ControllerConfig.
var knownKeys = []reason{
	{jconf.NoEffect, "requests run on event loops and on a pool of a fixed size", false, []key{
		{"clientRequestThreadPoolNums", "int", "8"},
		{"clientRequestThreadPoolQueueCapacity", "int", "50000"},
		{"defaultThreadPoolNums", "int", "16"},
		{"defaultThreadPoolQueueCapacity", "int", "10000"},
		{"unRegisterBrokerQueueCapacity", "int", "3000"},
	}},
	{jconf.NoEffect, "changes are kept in the file that was given at the start", false, []key{
		{"configStorePath", "String", "~/namesrv/namesrv.properties"},
	}},
	{jconf.NoEffect, "nothing is kept there", false, []key{
		{"rocketmqHome", "String", "$ROCKETMQ_HOME"},
	}},
	{jconf.Refused, "a name server that asks other clusters is not served", false, []key{
		{"clusterTest", "boolean", "false"},
	}},
	{jconf.NoEffect, "matters with clusterTest, which is refused", false, []key{
		{"productEnvName", "String", "center"},
	}},
	{jconf.Refused, "the controller is not served yet", false, []key{
		{"enableControllerInNamesrv", "boolean", "false"},
	}},
	{jconf.NoEffect, "requests run on event loops and on pools of a fixed size", false, []key{
		{"serverCallbackExecutorThreads", "int", "0"},
		{"serverNettyWorkerGroupEnable", "boolean", "true"},
		{"serverPooledByteBufAllocatorEnable", "boolean", "true"},
		{"serverSelectorThreads", "int", "3"},
		{"serverWorkerThreads", "int", "8"},
		{"useEpollNativeSelector", "boolean", "false"},
	}},
	{jconf.NoEffect, "an accepted request is always answered; the number in flight is bounded", false, []key{
		{"serverAsyncSemaphoreValue", "int", "64"},
		{"serverOnewaySemaphoreValue", "int", "256"},
	}},
	{jconf.NoEffect, "the system sizes the buffers and queues of its sockets", false, []key{
		{"serverSocketBacklog", "int", "1024"},
		{"serverSocketRcvBufSize", "int", "0"},
		{"serverSocketSndBufSize", "int", "0"},
	}},
	{jconf.NoEffect, "a connection with 8 MiB unsent is refused further requests; with 64 MiB it is closed", false, []key{
		{"writeBufferHighWaterMark", "int", "0"},
		{"writeBufferLowWaterMark", "int", "0"},
	}},
	{jconf.NoEffect, "what was accepted is always answered before the process ends", false, []key{
		{"enableShutdownGracefully", "boolean", "false"},
		{"shutdownWaitTimeSeconds", "int", "30"},
	}},
	{jconf.NoEffect, "the name server dials brokers alone, to tell them of a new smallest id", true, []key{
		{"channelNotActiveInterval", "long", "60000"},
		{"clientAsyncSemaphoreValue", "int", "65535"},
		{"clientCallbackExecutorThreads", "int", "CPUs"},
		{"clientChannelMaxIdleTimeSeconds", "int", "120"},
		{"clientCloseSocketIfTimeout", "boolean", "true"},
		{"clientOnewaySemaphoreValue", "int", "65535"},
		{"clientPooledByteBufAllocatorEnable", "boolean", "false"},
		{"clientSocketRcvBufSize", "int", "0"},
		{"clientSocketSndBufSize", "int", "0"},
		{"clientWorkerThreads", "int", "4"},
		{"connectTimeoutMillis", "int", "3000"},
		{"disableCallbackExecutor", "boolean", "false"},
		{"disableNettyWorkerGroup", "boolean", "false"},
		{"enableReconnectForGoAway", "boolean", "true"},
		{"isScanAvailableNameSrv", "boolean", "true"},
		{"maxReconnectIntervalTimeSeconds", "long", "60"},
		{"socksProxyConfig", "String", "{}"},
		{"useTLS", "boolean", "false"},
	}},
	{jconf.NoEffect, "a key of the controller, which is not served yet", true, []key{
		{"controllerDLegerGroup", "String", ""},
		{"controllerDLegerPeers", "String", ""},
		{"controllerDLegerSelfId", "String", ""},
		{"controllerRequestThreadPoolQueueCapacity", "int", "50000"},
		{"controllerStorePath", "String", ""},
		{"controllerThreadPoolNums", "int", "16"},
		{"controllerType", "String", "DLedger"},
		{"electMasterMaxRetryCount", "int", "3"},
		{"enableElectUncleanMaster", "boolean", "false"},
		{"isProcessReadEvent", "boolean", "false"},
		{"jraftConfig", "JraftConfig", ""},
		{"mappedFileSize", "int", "1073741824"},
		{"metricGrpcExporterIntervalInMills", "long", "60000"},
		{"metricGrpcExporterTimeOutInMills", "long", "3000"},
		{"metricLoggingExporterIntervalInMills", "long", "10000"},
		{"metricsExporterType", "MetricsExporterType", "DISABLE"},
		{"metricsGrpcExporterHeader", "String", ""},
		{"metricsGrpcExporterTarget", "String", ""},
		{"metricsInDelta", "boolean", "false"},
		{"metricsLabel", "String", ""},
		{"metricsPromExporterHost", "String", ""},
		{"metricsPromExporterPort", "int", "5557"},
		{"notifyBrokerRoleChanged", "boolean", "true"},
		{"scanInactiveMasterInterval", "long", "5000"},
	}},
}
