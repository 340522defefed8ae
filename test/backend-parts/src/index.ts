export { drain, errorOf, listAll, readWhole, statOf, walk } from './answers.ts';
export { createTestContext, type TestContext } from './context.ts';
