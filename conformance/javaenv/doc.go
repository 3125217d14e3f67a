// Package javaenv runs the unmodified Java RocketMQ (name server, broker and mqadmin 5.3.3, clients from 4.3.2 to 5.3.3) for
// the conformance suites and the benchmarks. Jars come from Maven Central; the client programs and StoreDump are
// compiled from conformance/javaclient and conformance/golden/store/check.
//
// There are two layers. Methods of [Env] and [Server] take a context, return errors and need no test. The functions that
// take a [TB] sit on top: they fail the test, keep every file in its temporary directory and end what they started
// when it ends.
//
// Nothing here knows whether an address belongs to a Java process: [Env.RunClient], [Env.MQAdmin] and the Await
// functions work against any broker that speaks the protocol.
//
// Every JVM gets user.home, java.io.tmpdir and its working directory inside the directory of its caller, so nothing is
// written to the real home except Maven's own repository and the build cache (os.UserCacheDir()/gannet-conformance).
package javaenv
