// Package mqadmin runs commands of Java's mqadmin 5.3.3, one after the other, against a Java broker and against ours,
// each with its own name server, and compares what they print. The table of commands is in commands_test.go:
// a command that is to be compared is one more row there. Before the first one a client joins each broker, sends and consumes
// (member_test.go), so that there is something to see.
//
// All commands of one side run in one JVM (AdminRun.java), because starting one costs more than any command. Those that
// show one message leave its body in rocketmq/msgbodys of the system's directory for temporary files, whatever
// java.io.tmpdir says. A row "call METHOD" is a method of DefaultMQAdminExt that no command uses.
//
//	go test -tags conformance -count=1 -v ./conformance/mqadmin/      # with everything that was printed
package mqadmin
