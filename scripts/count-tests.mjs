// Prints the numbers of vitest's JSON report. Exits with 1 where a test failed, none ran, or another step failed.
import { readFileSync } from 'node:fs';

const [report = '', failures = '0'] = process.argv.slice(2);

function read() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return {};
  }
}

const {
  numPassedTests = 0,
  numFailedTests = 0,
  numPendingTests = 0,
  numTodoTests = 0,
  numFailedTestSuites = 0,
  testResults = [],
} = read();
// A file that cannot be loaded has no tests that could fail.
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
// A step that failed counts too, so that the line never looks better than the run was.
const failed = numFailedTests + broken.length + Number(failures);
const skipped = numPendingTests + numTodoTests;
for (const { name, message } of broken) console.error(`${name}: ${message}`);
console.log(`${numPassedTests} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
if (failed > 0 || numFailedTestSuites > 0 || numPassedTests === 0) process.exitCode = 1;
