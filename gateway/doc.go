// Package gateway is where other protocols will enter: gateway/mqtt and gateway/amqp translate
// their publishers and subscribers into topics and light queues, gateway/grpc serves RocketMQ 5
// clients, gateway/http the admin API and console.
//
// A gateway declares the small interface of the broker that it uses (see broker/api.go for what
// there is to choose from) and is wired in cmd/gannet. It never imports the store.
package gateway
