'use strict'
// Starts a real Bluesky server on loopback and prints one line of JSON with its addresses.
//   node serve.cjs pds|limited|appview PLC_PORT PDS_PORT [APPVIEW_PORT OZONE_PORT]
// `limited` is a PDS with its rate limits on. `appview` needs DB_POSTGRES_URL and REDIS_HOST.
const net = require('node:net')
const readline = require('node:readline')

// The test servers listen on every interface unless told otherwise; tests stay on loopback.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  if (typeof given[0] === 'number' && typeof given[1] !== 'string') {
    given.splice(1, 0, '127.0.0.1')
  } else if (given[0] && typeof given[0] === 'object' && 'port' in given[0] && !given[0].host) {
    given[0] = { ...given[0], host: '127.0.0.1' }
  }
  return listen.apply(this, given)
}

const { TestNetwork, TestNetworkNoAppView } = require('@atproto/dev-env')

async function start([mode, ...ports]) {
  const [plc, pds, appview, ozone] = ports.map(Number)
  const server = { port: pds, hostname: 'localhost', rateLimitsEnabled: mode === 'limited' }
  if (mode !== 'appview') {
    return TestNetworkNoAppView.create({ plc: { port: plc }, pds: server })
  }
  return TestNetwork.create({
    dbPostgresSchema: 'tests',
    plc: { port: plc },
    pds: { ...server, enableDidDocWithSession: true },
    bsky: { port: appview, publicUrl: `http://localhost:${appview}`, dbPostgresSchema: 'appview' },
    ozone: { port: ozone },
  })
}

start(process.argv.slice(2)).then(
  (network) => {
    const addresses = { pds: network.pds.url, plc: network.plc.url, appview: network.bsky?.url }
    process.stdout.write(JSON.stringify(addresses) + '\n')
    const stop = () => network.close().finally(() => process.exit(0))
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    // A line on standard input waits until the AppView has read everything written so far.
    readline.createInterface({ input: process.stdin }).on('line', () =>
      network.processAll(20000).then(
        () => process.stdout.write('settled\n'),
        (error) => process.stdout.write(`${error}\n`),
      ),
    )
    process.stdin.on('end', stop)
  },
  (error) => {
    process.stderr.write(`${error.stack || error}\n`)
    process.exit(1)
  },
)
