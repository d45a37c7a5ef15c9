/** Pulls through random faults: a few of those that `npm run test:large` makes. */
import { testRandomPulls } from './random-pulls.ts';

testRandomPulls(25);
