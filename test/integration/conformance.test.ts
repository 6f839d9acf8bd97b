import { scenarioHub } from '../support/conformance.ts';
import { testConformance } from '../support/conformance-tests.ts';
import { TestHub } from '../support/hub.ts';

testConformance(() => TestHub.start({ gateways: 2, workers: 2, hub: scenarioHub }));
