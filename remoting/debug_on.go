//go:build gannetdebug

package remoting

const debugBuild = true
