// The push service of npm's web-push-testing on this machine, at the port of PORT. SNAPWATCH_PEERS is the folder where it is
// installed; says a line once it listens, ends with its standard input.
const path = require("node:path");
const { createRequire } = require("node:module");
const peer = createRequire(path.join(process.env.SNAPWATCH_PEERS, "package.json"));

const { PushApiModel } = peer("web-push-testing/src/PushApiModel.js");
const Server = peer("web-push-testing/src/server.js");

new Server(new PushApiModel(), Number(process.env.PORT)).startServer();
process.stdin.resume().on("end", () => process.exit(0));
