/**
 * HAR 1.2 as valibot schemas, written after its specification and nothing else of this project:
 * http://www.softwareishard.com/blog/har-12-spec/ (fields not marked optional there must be present; fields that begin
 * with "_" are allowed everywhere).
 */
import * as v from 'valibot';

const comment = v.optional(v.string());
/** "Integer", with -1 for what is not known. */
const size = v.pipe(v.number(), v.integer(), v.minValue(-1));
/** Milliseconds of a phase that must be there. */
const time = v.pipe(v.number(), v.minValue(0));
/** ISO 8601 with a time zone: YYYY-MM-DDThh:mm:ss.sTZD */
const moment = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)$/));
const ownFields = v.custom<unknown>((value) => value !== undefined);

function only<E extends v.ObjectEntries>(entries: E) {
  return v.pipe(
    v.objectWithRest(entries, ownFields),
    v.check(
      (value) => Object.keys(value).every((name) => name in entries || name.startsWith('_')),
      'has a field that the specification does not know',
    ),
  );
}

const nameValue = only({ name: v.string(), value: v.string(), comment });
const cookie = only({ name: v.string(), value: v.string(), comment });
const url = v.pipe(v.string(), v.url());

const request = only({
  method: v.pipe(v.string(), v.nonEmpty()),
  url,
  httpVersion: v.string(),
  cookies: v.array(cookie),
  headers: v.array(nameValue),
  queryString: v.array(nameValue),
  headersSize: size,
  bodySize: size,
  comment,
});

const response = only({
  status: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(599)),
  statusText: v.string(),
  httpVersion: v.string(),
  cookies: v.array(cookie),
  headers: v.array(nameValue),
  content: only({
    size,
    mimeType: v.string(),
    compression: v.optional(v.number()),
    text: v.optional(v.string()),
    comment,
  }),
  redirectURL: v.string(),
  headersSize: size,
  bodySize: size,
  comment,
});

const entry = v.pipe(
  only({
    pageref: v.optional(v.string()),
    startedDateTime: moment,
    time,
    request,
    response,
    cache: only({ comment }),
    timings: only({ send: time, wait: time, receive: time, comment }),
    serverIPAddress: v.optional(v.string()),
    connection: v.optional(v.string()),
    comment,
  }),
  v.check(
    ({ time: whole, timings }) => Math.abs(whole - (timings.send + timings.wait + timings.receive)) < 0.001,
    'takes another time than its parts together',
  ),
);

export const Har12 = v.strictObject({
  log: only({
    version: v.literal('1.2'),
    creator: only({ name: v.string(), version: v.string(), comment }),
    entries: v.pipe(
      v.array(entry),
      v.check(
        (entries) => entries.every((one, at) => one.startedDateTime >= (entries[at - 1]?.startedDateTime ?? '')),
        'entries are not sorted, the oldest first',
      ),
    ),
    comment,
  }),
});
