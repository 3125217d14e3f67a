// Package pull serves what consumers ask for: PULL_MESSAGE and LITE_PULL_MESSAGE, with long polling,
// filters by tags and by conditions on properties.
//
// A pull of the log's resident tail runs inline, on the loop that cut its frame. What is not known to
// be resident runs again on a pool that may wait for the disk, whose share of the time is bounded while messages are sent
// (pace.go); what would keep the loop otherwise runs again on another pool. A pull that finds nothing and may
// wait is parked (hold.go) until its queue grows, its time is over, or the broker stops.
//
//	pull ── store.Get ──▶ FOUND ────────────▶ answer
//	            │ nothing new, may wait
//	            ▼
//	          hold ◀── Arrived (dispatcher) ── store.Get again ──▶ answer
//	            ▲
//	            └───── wheel: time is over ──── store.Get again ──▶ answer
package pull
