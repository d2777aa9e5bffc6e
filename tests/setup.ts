import { configureGlobal } from 'fast-check';
import nock from 'nock';

// No test reaches further than this machine.
nock.disableNetConnect();
nock.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/);

// The same cases in each run, so that a change is blamed for what it did; long runs go further afield.
if (process.env['PVEVM_TEST_LONG'] === undefined) configureGlobal({ seed: 20_261_121 });
