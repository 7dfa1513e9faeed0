// Holds the CSAF provider of a site against section 7 of CSAF 2.0: the metadata, the ROLIE feed, service and category documents, `index.txt`,
// `changes.csv`, digests and folders, each found from the one before it as a client finds it. The documents themselves are for `validate.mjs`.
//
//     npm ci --ignore-scripts && node provider.mjs FOLDER BASE      FOLDER is what is served below the URL BASE
//
// Asks no network. The schemas are written here after the ones that OASIS publishes (`provider_json_schema.json`, `ROLIE_feed_json_schema.json`; no
// package of ours has them), stricter than they are: members that they do not name are refused. Before anything is believed, a broken copy of each
// file must be refused. Exit status 1: something is wrong.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const [folder, base] = process.argv.slice(2)

const text = { type: 'string', minLength: 1 }
const date = { type: 'string', format: 'date-time' }
const url = (pattern) => ({ type: 'string', format: 'uri', pattern })
const https = url('^https://')
const json = url('^https://.+\\.json$')
const object = (required, optional = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
})
const list = (items, minItems = 1) => ({ type: 'array', minItems, uniqueItems: true, items })
const one = (...values) => ({ type: 'string', enum: values })

const TLP = one('UNLABELED', 'WHITE', 'GREEN', 'AMBER', 'RED')
const INFORMATION_TYPE = 'urn:ietf:params:rolie:category:information-type'
const CATEGORY = object({ scheme: one(INFORMATION_TYPE), term: one('csaf') })
const link = (rel, href) => object({ rel, href })
// The first link is the document itself (7.1.15), as `prefixItems` of the published schema says.
const links = { type: 'array', minItems: 1, uniqueItems: true, prefixItems: [link(one('self'), json)], items: link(text, https) }

const SCHEMAS = {
  metadata: object(
    {
      canonical_url: url('^https://.+/provider-metadata\\.json$'),
      last_updated: date,
      list_on_CSAF_aggregators: { type: 'boolean' },
      mirror_on_CSAF_aggregators: { type: 'boolean' },
      metadata_version: one('2.0'),
      publisher: object(
        { category: one('coordinator', 'discoverer', 'other', 'translator', 'user', 'vendor'), name: text, namespace: https },
        { contact_details: text, issuing_authority: text },
      ),
      role: one('csaf_publisher', 'csaf_provider', 'csaf_trusted_provider'),
    },
    {
      distributions: list({
        ...object(
          {},
          {
            directory_url: url('^https://.+/$'),
            rolie: object({ feeds: list(object({ tlp_label: TLP, url: json }, { summary: text })) }, { categories: list(json), services: list(json) }),
          },
        ),
        minProperties: 1,
      }),
      pgp_keys: { type: 'array', items: object({ url: https }, { fingerprint: { type: 'string', pattern: '^[0-9a-fA-F]{32,}$' } }) },
    },
  ),
  feed: object({
    feed: object({
      id: { type: 'string', pattern: '^[a-zA-Z0-9+\\-_.]+$' },
      title: text,
      link: links,
      category: { type: 'array', minItems: 1, uniqueItems: true, prefixItems: [CATEGORY], items: object({ scheme: text, term: text }) },
      updated: date,
      entry: list(
        object(
          {
            id: { type: 'string', pattern: '^\\S(.*\\S)?$' },
            title: text,
            link: links,
            published: date,
            updated: date,
            content: object({ type: one('application/json'), src: json }),
            format: object({ schema: one('https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json'), version: one('2.0') }),
          },
          { summary: object({ content: text }) },
        ),
        0,
      ),
    }),
  }),
  service: object({
    service: object({
      workspace: list(
        object({
          title: text,
          collection: list(object({ title: text, href: json, categories: object({ category: list(CATEGORY) }) })),
        }),
      ),
    }),
  }),
  category: object({ categories: object({ category: list(object({ term: text }, { scheme: text })) }) }),
}

const ajv = new Ajv2020({ allErrors: true, strict: false })
addFormats(ajv)
const checks = Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, ajv.compile(schema)]))
const against = (name, document) =>
  checks[name](document) ? [] : checks[name].errors.map((error) => `${error.instancePath} ${error.message}`)

let good = 0
let wrong = 0
function tell(what, complaints) {
  if (complaints.length === 0) {
    good += 1
    return
  }
  wrong += 1
  console.log(`${what}:`)
  for (const complaint of complaints) console.log(`  ${complaint}`)
}

// A URL as the file that a web server gives for it.
const path = (address) => (address.startsWith(base) ? join(folder, address.slice(base.length)) : undefined)
const read = (address) => {
  const file = path(address)
  if (file === undefined || !existsSync(file)) throw new Error(`${address} leads nowhere`)
  return readFileSync(file, 'utf8')
}
const digest = (kind, bytes) => createHash(kind).update(bytes).digest('hex')

const BREAKS = {
  metadata: [
    (document) => delete document.role,
    (document) => (document.canonical_url = document.canonical_url.replace('provider-metadata', 'metadata')),
    (document) => (document.distributions[1].rolie.feeds = []),
    (document) => (document.distributions[1].rolie.feeds[0].tlp_label = 'CLEAR'),
    (document) => (document.distributions[0] = {}),
    (document) => (document.last_updated = 'today'),
  ],
  feed: [
    (document) => delete document.feed.updated,
    (document) => (document.feed.link[0].rel = 'alternate'),
    (document) => (document.feed.category = []),
    (document) => (document.feed.entry[0].content.src = 'http://example.org/x.json'),
    (document) => (document.feed.entry[0].format.version = '2.1'),
    (document) => (document.feed.id = 'two words'),
  ],
  service: [(document) => delete document.service.workspace[0].collection[0].href],
  category: [(document) => (document.categories.category = [])],
}

function held(name, address) {
  const document = JSON.parse(read(address))
  tell(`${name} ${address}`, against(name, document))
  for (const [index, spoil] of BREAKS[name].entries()) {
    const copy = structuredClone(document)
    spoil(copy)
    if (against(name, copy).length === 0) tell(`${name}: broken copy ${index + 1}`, ['was taken for valid'])
  }
  return document
}

try {
  // 7.1.8: from security.txt; 7.1.9: at the well-known place, the same.
  const contact = readFileSync(join(folder, '.well-known/security.txt'), 'utf8')
  const address = /^CSAF: (https:\/\/\S+)$/m.exec(contact)?.[1]
  if (address === undefined) throw new Error('security.txt names no provider (7.1.8)')
  const metadata = held('metadata', address)
  const known = readFileSync(join(folder, '.well-known/csaf/provider-metadata.json'), 'utf8')
  tell('7.1.7 and 7.1.9', [
    ...(metadata.canonical_url === address ? [] : ['the canonical URL is another one']),
    ...(known === read(address) ? [] : ['the well-known metadata differ']),
  ])
  const directory = metadata.distributions.find((one) => one.directory_url)?.directory_url
  const rolie = metadata.distributions.find((one) => one.rolie)?.rolie
  const white = rolie.feeds.filter((feed) => ['WHITE', 'UNLABELED'].includes(feed.tlp_label))
  const feed = held('feed', white[0].url)
  const service = held('service', rolie.services[0])
  held('category', rolie.categories[0])
  const collections = service.service.workspace.flatMap((workspace) => workspace.collection.map((collection) => collection.href))
  tell('7.1.15 to 7.1.17', [
    ...(white.length === 1 ? [] : ['there is not one feed for everybody']),
    ...(feed.feed.link[0].href === white[0].url ? [] : ['the feed gives itself another URL']),
    ...(collections.includes(white[0].url) ? [] : ['the service document does not name the feed']),
    ...(rolie.services[0].endsWith('/service.json') ? [] : ['the service document has another name (7.1.16)']),
    ...(rolie.categories[0].endsWith(`/category-${feed.feed.id}.json`) ? [] : ['the category document has another name (7.1.17)']),
  ])
  // 7.1.11 to 7.1.14: the other way of distribution.
  const index = read(`${directory}index.txt`).trimEnd().split('\n')
  const changes = read(`${directory}changes.csv`).trimEnd().split('\n').map((line) => /^"([^"]+)","([^"]+)"$/.exec(line)?.slice(1))
  const times = changes.map((change) => change?.[1])
  const there = readdirSync(path(directory), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((year) => readdirSync(join(path(directory), year.name)).filter((name) => name.endsWith('.json')).map((name) => `${year.name}/${name}`))
  const same = (one, other) => JSON.stringify([...one].sort()) === JSON.stringify([...other].sort())
  tell('7.1.11 to 7.1.14', [
    ...(same(index, there) ? [] : ['index.txt does not list what is there']),
    ...(changes.every(Boolean) && same(changes.map(([place]) => place), there) ? [] : ['changes.csv does not list what is there']),
    ...(JSON.stringify(times) === JSON.stringify([...times].sort().reverse()) ? [] : ['changes.csv is not in order']),
    ...(same(feed.feed.entry.map((entry) => entry.content.src), there.map((place) => directory + place)) ? [] : ['the feed does not list what is there']),
    ...(existsSync(join(path(directory), 'index.html')) ? [] : ['the directory cannot be listed']),
  ])
  for (const entry of feed.feed.entry) {
    const document = read(entry.content.src)
    const { tracking, title } = JSON.parse(document).document
    const complaints = []
    if (entry.id !== tracking.id || entry.title !== title) complaints.push('the entry is not the document')
    if (entry.updated !== tracking.current_release_date) complaints.push('the entry is not as new as the document')
    if (!entry.content.src.startsWith(`${directory}${tracking.initial_release_date.slice(0, 4)}/`)) complaints.push('the folder of another year (7.1.11)')
    if (entry.link[0].href !== entry.content.src) complaints.push('the link is not to the document')
    // 7.1.18: `DIGEST  NAME`, as the tools of that name write it; each is listed in the entry.
    for (const kind of ['sha256', 'sha512']) {
      const file = `${entry.content.src}.${kind}`
      const listed = entry.link.some((link) => link.rel === 'hash' && link.href === file)
      const expected = `${digest(kind, document)}  ${entry.content.src.split('/').pop()}\n`
      if (!listed || read(file) !== expected) complaints.push(`${kind} is not that of the document, or not listed`)
    }
    tell(entry.id, complaints)
  }
} catch (error) {
  tell('the provider', [error.message])
}
console.log(`${good} passed, ${wrong} failed`)
process.exitCode = wrong === 0 && good > 6 ? 0 : 1
