#!/usr/bin/env node
console.log("llmcfg");
