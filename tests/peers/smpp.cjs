// An SMPP server from npm's smpp on this machine. SNAPWATCH_PEERS is the folder where it is installed; SMPP_KEY and
// SMPP_CERT (PEM files) make it TLS. Says its port, then each SMS that it takes, as one line of JSON each; ends with its
// standard input.
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const smpp = createRequire(path.join(process.env.SNAPWATCH_PEERS, "package.json"))("smpp");

const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const tls = process.env.SMPP_KEY && {
  key: fs.readFileSync(process.env.SMPP_KEY),
  cert: fs.readFileSync(process.env.SMPP_CERT),
};

let number = 0;
const server = smpp.createServer(tls || {}, (session) => {
  session.on("error", () => {});
  session.on("bind_transmitter", (pdu) => {
    const right = pdu.system_id === "snapwatch" && pdu.password === "s3cret";
    session.send(pdu.response(right ? {} : { command_status: smpp.ESME_RBINDFAIL }));
  });
  session.on("submit_sm", (pdu) => {
    const refusal = { "15550000001": smpp.ESME_RINVDSTADR, "15550000002": smpp.ESME_RTHROTTLED }[pdu.destination_addr];
    if (refusal) return session.send(pdu.response({ command_status: refusal }));
    number += 1;
    say({
      to: pdu.destination_addr,
      from: pdu.source_addr,
      text: pdu.short_message.message,
      header: pdu.short_message.udh ? [...pdu.short_message.udh[0]] : null,
      coding: pdu.data_coding,
    });
    session.send(pdu.response({ message_id: `peer-${number}` }));
  });
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
process.stdin.resume().on("end", () => process.exit(0));
