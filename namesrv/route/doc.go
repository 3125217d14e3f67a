// Package route is the name server's table: which brokers live, and which of them have which topics.
//
// The table is in memory alone: brokers tell it again every 10 to 60 seconds. A topic's answer is
// encoded once after each change of what it says and served from then on as bytes, so that a query
// is a map look-up. Java: RouteInfoManager.
package route
