/** The `fetch` that nock has its hands on: connections of our own would pass it by. Looked up at each call, as nock replaces it. */
export const nockFetch: typeof fetch = (url, init) => globalThis.fetch(url, init);
