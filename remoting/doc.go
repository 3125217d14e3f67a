// Package remoting is the request layer: a table from request code to handler.
//
// # Life of a request
//
//  1. netio cuts a frame off a connection's bytes, on the event loop.
//  2. Router.Frame decodes the header into a pooled Request and looks up the Route of its code.
//  3. Inline routes run at once, on the loop, with views into the loop's read buffer. Other routes
//     copy the frame once and run on the pool that the row names.
//  4. The handler answers exactly once: Reply, Fail, or Detach now and Reply later. A oneway request
//     is answered the same way and nothing is sent.
//  5. Answers go to the connection's outbox, which writes once for all that gathered in a wake-up.
//
// Whoever answers last-touches the Request: it returns to the pool there.
package remoting
