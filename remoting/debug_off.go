//go:build !gannetdebug

package remoting

// debugBuild: such builds panic where others log a BUG, and never reuse a Request.
const debugBuild = false
