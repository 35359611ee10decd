// A real Bluesky network on this machine, from npm's @atproto/dev-env: an account server, and with PostgreSQL and Redis
// (DB_POSTGRES_URL, REDIS_HOST) an app view. SNAPWATCH_PEERS is the folder where it is installed.
// Says where they are in one line of JSON; answers each line on standard input when all is indexed; ends with it.
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");
const { TestNetwork, TestNetworkNoAppView, mockMailer } = createRequire(
  path.join(process.env.SNAPWATCH_PEERS, "package.json"),
)("@atproto/dev-env");

console.log = console.error;
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

(async () => {
  const whole = Boolean(process.env.DB_POSTGRES_URL && process.env.REDIS_HOST);
  const network = await (whole ? TestNetwork : TestNetworkNoAppView).create({});
  mockMailer(network.pds);
  say({ pds: network.pds.url, view: whole ? network.bsky.url : null });
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    await network.processAll();
    say({});
  }
  await network.close();
  process.exit(0);
})();
