//go:build conformance

package readme

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/process"
)

// patience covers two rebalances of a Java consumer, which its first message may take.
const patience = 90 * time.Second

// quickstart returns the example of README with the name server of the test in it.
func quickstart(t *testing.T, language, namesrv string) string {
	t.Helper()
	const usual = "127.0.0.1:9876"
	code := example(t, read(t, english), language)
	if !strings.Contains(code, usual) {
		t.Fatalf("the %s example does not name %s", language, usual)
	}
	return strings.ReplaceAll(code, usual, namesrv)
}

// javaFrame puts the example into a program that ends when the consumer has printed its first line.
const javaFrame = `
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

public class Quickstart {
    public static void main(String[] args) throws Exception {
        CountDownLatch printed = new CountDownLatch(1);
        System.setOut(new PrintStream(System.out, true) {
            @Override
            public void println(String line) {
                super.println(line);
                printed.countDown();
            }
        });
// EXAMPLE
        boolean came = printed.await(80, TimeUnit.SECONDS);
        consumer.shutdown();
        System.exit(came ? 0 : 1);
    }
}
`

// The Java example of README compiles and runs as it stands, with the newest and the oldest client.
func TestJavaExample(t *testing.T) {
	for _, client := range []javaenv.Module{javaenv.Client533, javaenv.Client494} {
		t.Run(string(client), func(t *testing.T) {
			g := process.Run(t, process.Options{})
			dir := t.TempDir()
			source := filepath.Join(dir, "Quickstart.java")
			program := strings.Replace(javaFrame, "// EXAMPLE\n", quickstart(t, "java", g.Namesrv), 1)
			if err := os.WriteFile(source, []byte(program), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience+time.Minute)
			defer cancel()
			// The launcher compiles a source file that it is given in place of a class.
			out, err := javaenv.Setup(t).Run(ctx, javaenv.Program{Dir: dir, Module: client, Main: source})
			if err != nil {
				t.Fatal(err)
			}
			if out.Exit != 0 || strings.Count("\n"+out.Stdout, "\nhello\n") != 1 {
				t.Errorf("exit %d, want 0 and one line hello\n%s", out.Exit, out)
			}
		})
	}
}

// goFrame puts the example into a program that goes on until it is ended.
const goFrame = `package main

import (
	"context"
	"fmt"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func main() {
// EXAMPLE
	select {}
}
`

// The Go example of README compiles, vets and runs as it stands.
func TestGoExample(t *testing.T) {
	g := process.Run(t, process.Options{})
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "quickstart")
	program := strings.Replace(goFrame, "// EXAMPLE\n", quickstart(t, "go", g.Namesrv), 1)
	if err := os.WriteFile(source, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vet", source}, {"build", "-o", binary, source}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = process.Root() // for this module's version of the client
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", args[0], err, out)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run := exec.CommandContext(ctx, binary)
	run.Dir = dir
	var complaints bytes.Buffer
	run.Stderr = &complaints
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	came := false
	var printed []string
	for lines := bufio.NewScanner(out); !came && lines.Scan(); {
		printed = append(printed, lines.Text())
		came = lines.Text() == "hello"
	}
	_ = run.Process.Kill() // it may have ended
	_ = run.Wait()         // and says so: killed
	if !came {
		t.Errorf("no line hello within %v\n%s\n%s", patience, strings.Join(printed, "\n"), complaints.String())
	}
}
