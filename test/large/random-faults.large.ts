/** Two hundred pulls through random faults; each a chance to be wrong, stuck, or to leave something behind. */
import { testRandomPulls } from '../e2e/random-pulls.ts';

testRandomPulls(200);
