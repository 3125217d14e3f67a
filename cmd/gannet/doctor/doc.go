// Package doctor is `gannet doctor`: it looks for the causes for which a broker that runs cannot be
// used, or would not start, and says what cures each.
//
// Finding facts and judging them are apart. gather.go and its neighbours ask the configuration, the
// machine, the name servers and the brokers, those of RocketMQ too, and write Facts down; a check is a
// function of Facts and looks at nothing else. Nothing is changed: a file is written in storePathRootDir,
// to time the disk, and removed, and ports are listened on for a moment to see whether they are free.
package doctor
