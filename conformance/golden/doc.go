// Package golden gives tests the data that Apache RocketMQ 5.3.3 itself
// produced: facts printed by its classes, frames recorded on the wire and
// store directories written by its broker. The data lies beside this source
// file and is found from there, so a test of any package may use it whatever
// its working directory is.
//
//	facts/NAME.json          constants, encodings, verdicts      Facts
//	wire/index.tsv, *.bin    whole remoting frames               Frames
//	store/IMAGE/             broker.conf and store directory     Store
//	store/IMAGE/expect.json.gz  what Java sees in it             Expect, ExpectRaw
//	store/broken/            damages, and what Java makes of them  Damages
//
// facts/README.md, wire/README.md and store/README.md tell which programs made
// each file, with what, and what the data is known not to cover;
// store/FINDINGS.md lists what surprised. Nothing there was written by hand and
// nothing may be edited: a difference is a bug of ours or a deviation to list.
//
// Only tests import this package.
package golden
