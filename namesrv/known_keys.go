package namesrv

import "github.com/gannetmq/gannet/compat/jconf"

// knownKeys is the rest of NamesrvConfig and NettyServerConfig, and what Java reads from the same file
// for a name server that dials others or holds a controller: NettyClientConfig and ControllerConfig.
var knownKeys = []reason{
	{jconf.NoEffect, "requests run on event loops and on a pool of a fixed size", []key{
		{"clientRequestThreadPoolNums", "int", "8"},
		{"clientRequestThreadPoolQueueCapacity", "int", "50000"},
		{"defaultThreadPoolNums", "int", "16"},
		{"defaultThreadPoolQueueCapacity", "int", "10000"},
		{"unRegisterBrokerQueueCapacity", "int", "3000"},
	}},
	{jconf.NoEffect, "the file is the one given with --namesrv-config, and no request changes it", []key{
		{"configBlackList", "String", "configBlackList;configStorePath;kvConfigPath"},
		{"configStorePath", "String", "~/namesrv/namesrv.properties"},
		{"rocketmqHome", "String", "$ROCKETMQ_HOME"},
	}},
	{jconf.Refused, "key-value configuration and ordered topics kept in it are not served yet", []key{
		{"orderMessageEnable", "boolean", "false"},
	}},
	{jconf.NoEffect, "key-value configuration is not served yet", []key{
		{"kvConfigPath", "String", "~/namesrv/kvConfig.json"},
		{"returnOrderTopicConfigToBroker", "boolean", "true"},
	}},
	{jconf.Refused, "a name server that asks other clusters is not served", []key{
		{"clusterTest", "boolean", "false"},
	}},
	{jconf.NoEffect, "matters with clusterTest, which is refused", []key{
		{"productEnvName", "String", "center"},
	}},
	{jconf.Refused, "replication is not served yet, and with it no slave takes the place of a master", []key{
		{"notifyMinBrokerIdChanged", "boolean", "false"},
		{"supportActingMaster", "boolean", "false"},
	}},
	{jconf.Refused, "the controller is not served yet", []key{
		{"enableControllerInNamesrv", "boolean", "false"},
	}},
	{jconf.Refused, "routes are told from the start on", []key{
		{"needWaitForService", "boolean", "false"},
	}},
	{jconf.NoEffect, "matters with needWaitForService, which is refused", []key{
		{"waitSecondsForService", "int", "45"},
	}},
	{jconf.NoEffect, "the requests that it concerns are not served yet", []key{
		{"enableTopicList", "boolean", "true"},
	}},
	{jconf.NoEffect, "requests run on event loops and on pools of a fixed size", []key{
		{"serverCallbackExecutorThreads", "int", "0"},
		{"serverNettyWorkerGroupEnable", "boolean", "true"},
		{"serverPooledByteBufAllocatorEnable", "boolean", "true"},
		{"serverSelectorThreads", "int", "3"},
		{"serverWorkerThreads", "int", "8"},
		{"useEpollNativeSelector", "boolean", "false"},
	}},
	{jconf.NoEffect, "an accepted request is always answered; the number in flight is bounded", []key{
		{"serverAsyncSemaphoreValue", "int", "64"},
		{"serverOnewaySemaphoreValue", "int", "256"},
	}},
	{jconf.NoEffect, "the system sizes the buffers and queues of its sockets", []key{
		{"serverSocketBacklog", "int", "1024"},
		{"serverSocketRcvBufSize", "int", "0"},
		{"serverSocketSndBufSize", "int", "0"},
	}},
	{jconf.NoEffect, "a connection with 8 MiB unsent is refused further requests; with 64 MiB it is closed", []key{
		{"writeBufferHighWaterMark", "int", "0"},
		{"writeBufferLowWaterMark", "int", "0"},
	}},
	{jconf.NoEffect, "what was accepted is always answered before the process ends", []key{
		{"enableShutdownGracefully", "boolean", "false"},
		{"shutdownWaitTimeSeconds", "int", "30"},
	}},
	{jconf.NoEffect, "the name server dials nobody", []key{
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
	{jconf.NoEffect, "a key of the controller, which is not served yet", []key{
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
