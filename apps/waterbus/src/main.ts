#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { parse } from './command-line.js';
import { EXIT_SETTINGS, end } from './failure.js';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const request = parse(process.argv.slice(2), version);
if ('command' in request) await request.command.run(request.words);
else if ('text' in request) console.log(request.text);
else end(EXIT_SETTINGS, request.refusal);
