// Holds the artefacts of advisories against what others say is valid: CSAF documents against the strict schema and all mandatory and optional tests
// of csaf-validator-lib, CVE records and OSV drafts against the published schemas, calendars by being read with ical.js.
//
//     npm ci --ignore-scripts && node validate.mjs FOLDER...      a folder holds csaf/, cve/, osv/ and *.ics; `golden` when none is given
//
// In the folder of a whole site the CSAF documents lie in folders of their years; `provider.mjs` looks at what lies beside those.
//
// Asks no network: the informative tests of CSAF (6.3), which fetch URLs, are not run. Before a folder is believed each validator must refuse a
// broken copy of one of its files. Exit status 1: something is not valid, or was not there.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import Ajv from 'ajv'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import ICAL from 'ical.js'
import validateStrict from '@secvisogram/csaf-validator-lib/validateStrict.js'
import * as basic from '@secvisogram/csaf-validator-lib/basic.js'
import * as optional from '@secvisogram/csaf-validator-lib/lib/optionalTests.js'

const here = dirname(fileURLToPath(import.meta.url))
const read = (path) => readFileSync(path, 'utf8')
const schema = (name) => JSON.parse(read(join(here, 'schemas', name)))

// Optional tests that a true document of ours cannot pass.
const LEFT_OUT = {
  optionalTest_6_2_3: 'a score: the advisories have none',
  optionalTest_6_2_16: 'an identification of each product: a branch of the development has no CPE name',
}

async function csaf(document, name) {
  const wrong = []
  const strict = await validateStrict(Object.values(basic), document)
  for (const test of strict.tests) {
    for (const error of test.errors) wrong.push(`${test.name} ${error.instancePath} ${error.message}`)
  }
  const more = await validateStrict(
    Object.entries(optional).filter(([test]) => !(test in LEFT_OUT)).map(([, test]) => test),
    document,
  )
  for (const test of more.tests) {
    for (const error of [...test.errors, ...test.warnings]) wrong.push(`${test.name} ${error.instancePath} ${error.message}`)
  }
  if (!strict.isValid || !more.isValid) wrong.push('the validator says no')
  // 5.1: the file is called after the tracking id; 6.2.11: a reference to itself ends in that name.
  const expected = String(document?.document?.tracking?.id).toLowerCase().replace(/[^+\-a-z0-9]+/g, '_') + '.json'
  if (name !== expected) wrong.push(`the file should be called ${expected}`)
  return wrong
}

function compiled(ajv, document) {
  addFormats(ajv)
  const check = ajv.compile(document)
  return (instance) => (check(instance) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message}`))
}

const cveSchema = compiled(new Ajv({ allErrors: true, strict: false, validateSchema: false, logger: false }), schema('cve-5.1.1.json'))

function cve(record, name) {
  const wrong = cveSchema(record)
  if (name !== `${record?.cveMetadata?.cveId}.json`) wrong.push('the file is not called after the identifier')
  return wrong
}

function osvSchema(prefix) {
  const changed = schema('osv-1.6.7.json')
  changed.$defs.prefix.pattern = changed.$defs.prefix.pattern.replace('^(', `^(${prefix}|`)
  return compiled(new Ajv2020({ allErrors: true, strict: false, logger: false }), changed)
}

function osv(record, name) {
  const wrong = osvSchema('XSA')(record)
  if (name !== `${record?.id}.json`) wrong.push('the file is not called after the id')
  return wrong
}

const ALLOWED = ['uid', 'dtstamp', 'dtstart', 'sequence', 'organizer', 'status', 'summary', 'class', 'transp']

function calendar(text) {
  const wrong = []
  if (/[^\r]\n|\r[^\n]/.test(text) || !text.endsWith('\r\n')) wrong.push('a line does not end in CRLF (RFC 5545 3.1)')
  for (const line of text.split('\r\n')) {
    if (Buffer.byteLength(line) > 75) wrong.push('a line is longer than 75 octets (RFC 5545 3.1)')
  }
  try {
    const root = new ICAL.Component(ICAL.parse(text))
    if (root.getFirstPropertyValue('version') !== '2.0' || !root.getFirstPropertyValue('prodid')) wrong.push('VERSION or PRODID (3.6)')
    const method = root.getFirstPropertyValue('method')
    const events = root.getAllSubcomponents('vevent')
    if (events.length === 0) wrong.push('no event')
    const uids = new Set(events.map((event) => event.getFirstPropertyValue('uid')))
    if (uids.size !== events.length) wrong.push('two events of one UID')
    for (const event of events) {
      for (const property of event.getAllProperties()) {
        if (!ALLOWED.includes(property.name)) wrong.push(`${property.name} tells more than the public facts`)
      }
      for (const name of ['uid', 'dtstamp', 'dtstart', 'sequence', 'organizer']) {
        if (event.getAllProperties(name).length !== 1) wrong.push(`${name} is not there once (RFC 5546 3.2)`)
      }
      if (event.getFirstPropertyValue('dtstart')?.zone !== ICAL.Timezone.utcTimezone) wrong.push('DTSTART is not in UTC')
      const status = event.getFirstPropertyValue('status')
      if ((method === 'CANCEL') !== (status === 'CANCELLED')) wrong.push(`METHOD ${method} with STATUS ${status}`)
    }
  } catch (error) {
    wrong.push(`cannot be read: ${error.message}`)
  }
  return wrong
}

// How one file of a format is broken; each must be refused.
const without = (path) => (document) => {
  const parts = path.split('/')
  const last = parts.pop()
  delete parts.reduce((node, part) => node[part], document)[last]
  return document
}
const set = (path, value) => (document) => {
  const parts = path.split('/')
  const last = parts.pop()
  parts.reduce((node, part) => node[part], document)[last] = value
  return document
}
const BREAKS = {
  csaf: [
    without('document/tracking/version'),
    without('vulnerabilities/0/product_status'),
    set('vulnerabilities/0/product_status/known_affected', ['nowhere']),
    set('document/tracking/revision_history', [{ date: '2026-11-03T12:00:00Z', number: '7', summary: 'x' }]),
    set('document/surplus', 1),
  ],
  cve: [without('containers/cna/affected'), set('containers/cna/datePublic', 'today'), set('containers/cna/surplus', 1)],
  osv: [without('modified'), set('id', 'NOBODY-1'), set('published', '2026-11-03 12:00')],
  ics: [
    (text) => text.replaceAll('\r\n', '\n'),
    (text) => text.replace('METHOD:PUBLISH', 'METHOD:CANCEL').replace('STATUS:CONFIRMED', 'STATUS:TENTATIVE'),
    (text) => text.replace('CLASS:PUBLIC', `DESCRIPTION:${'x'.repeat(80)}`),
  ],
}

const FORMATS = { csaf, cve, osv }
let valid = 0
let invalid = 0
const counts = { csaf: 0, cve: 0, osv: 0, ics: 0 }

function tell(path, wrong) {
  if (wrong.length === 0) {
    valid += 1
    return
  }
  invalid += 1
  console.log(`${path}:`)
  for (const one of wrong) console.log(`  ${one}`)
}

async function refuses(format, check, whole) {
  for (const [index, broken] of BREAKS[format].entries()) {
    if ((await check(broken(whole()))).length === 0) tell(`${format}: broken copy ${index + 1}`, ['was taken for valid'])
  }
}

// The files of a format; of a CSAF provider those in the folders of the years (CSAF 2.0 7.1.11).
function files(inside) {
  if (!existsSync(inside)) return []
  const entries = readdirSync(inside, { withFileTypes: true })
  const years = entries.filter((entry) => entry.isDirectory() && /^\d{4}$/.test(entry.name)).map((entry) => entry.name)
  if (years.length === 0) return entries.map((entry) => entry.name).sort()
  const documents = (year) => readdirSync(join(inside, year)).filter((name) => name.endsWith('.json')).map((name) => join(year, name))
  return years.flatMap(documents).sort()
}

const folders = process.argv.length > 2 ? process.argv.slice(2) : [join(here, 'golden')]
for (const folder of folders) {
  if (!existsSync(folder)) tell(folder, ['is not there'])
  for (const [format, check] of Object.entries(FORMATS)) {
    const inside = join(folder, format)
    const names = files(inside)
    const whole = () => JSON.parse(read(join(inside, names[0])))
    if (names.length > 0) await refuses(format, (document) => check(document, basename(names[0])), whole)
    for (const name of names) {
      counts[format] += 1
      tell(join(inside, name), await check(JSON.parse(read(join(inside, name))), basename(name)))
    }
  }
  const calendars = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ics')).sort() : []
  if (calendars.length > 0) await refuses('ics', calendar, () => read(join(folder, calendars[0])))
  for (const name of calendars) {
    counts.ics += 1
    tell(join(folder, name), calendar(read(join(folder, name))))
  }
}
if (counts.csaf * counts.osv === 0) tell('the folders', ['hold no CSAF or OSV'])
for (const [test, reason] of Object.entries(LEFT_OUT)) console.log(`not asked: ${test}, ${reason}`)
console.log(Object.entries(counts).map(([format, count]) => `${format}: ${count}`).join(', '))
console.log(`${valid} passed, ${invalid} failed`)
process.exitCode = invalid === 0 ? 0 : 1
