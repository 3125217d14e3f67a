package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// StatsDataRequest is the header of 315. Java: ViewBrokerStatsDataRequestHeader.
type StatsDataRequest struct {
	StatsName string
	StatsKey  string
}

// Fields implements wire.Header.
func (h *StatsDataRequest) Fields(f *wire.Fields) {
	f.String("statsName", &h.StatsName, wire.Required)
	f.String("statsKey", &h.StatsKey, wire.Required)
}

// BrokerConsumeStatsRequest is the header of 317. Java: GetConsumeStatsInBrokerHeader.
type BrokerConsumeStatsRequest struct {
	Order bool
}

// Fields implements wire.Header.
func (h *BrokerConsumeStatsRequest) Fields(f *wire.Fields) {
	f.Bool("isOrder", &h.Order, wire.Required)
}

// RocksDBProgressRequest is the header of 354. Java: CheckRocksdbCqWriteProgressRequestHeader.
type RocksDBProgressRequest struct {
	Topic          string
	CheckStoreTime int64 // ms
}

// Fields implements wire.Header.
func (h *RocksDBProgressRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.Int64("checkStoreTime", &h.CheckStoreTime, wire.Optional)
}

// RocksDBExportRequest is the header of 355. Java: ExportRocksDBConfigToJsonRequestHeader.
type RocksDBExportRequest struct {
	ConfigType string // of topics, subscriptionGroups, consumerOffsets, joined by ;
}

// Fields implements wire.Header.
func (h *RocksDBExportRequest) Fields(f *wire.Fields) {
	f.String("configType", &h.ConfigType, wire.Required)
}

// BrokerConfigResponse is the header of the answer to 26. Java: GetBrokerConfigResponseHeader.
type BrokerConfigResponse struct {
	Version string
}

// Fields implements wire.Header.
func (h *BrokerConfigResponse) Fields(f *wire.Fields) {
	f.String("version", &h.Version, wire.Required)
}
