// Opens the public pages, and the team's status page, in a headless Chromium: at 360 and 1280 pixels, in light and in dark. Nothing may be wrong:
// no message in the console, no request that fails or leaves this machine, nothing wider than the window, no serious finding of axe-core.
//
//     npm ci --ignore-scripts && node check.mjs PAGES SHOTS [STATUS-URL]
//
// PAGES is the folder that the tests leave (target/tmp/site/pages); the screenshots go to SHOTS. Before a page is believed the audit must find what
// is wrong with a broken copy of it. Exit status 1: something is wrong, or was not there.

import { createServer } from 'node:http'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'

import { chromium } from 'playwright-core'

const [folder, shots, status] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.atom': 'application/atom+xml; charset=utf-8',
}
const PAGES = [
  ['index', 'index.html'],
  ['advisory', 'advisory-931.html'],
  ['amended', 'advisory-932.html'],
  ['long-title', 'advisory-928.html'],
  ['organisations', 'organisations.html'],
  ['listing', 'csaf/2026/index.html'],
]
const WIDTHS = [360, 1280]
const SCHEMES = ['light', 'dark']

const server = createServer((request, response) => {
  const name = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(/^\/+/, '')
  const path = join(folder, name)
  try {
    if (!statSync(path).isFile()) throw new Error('no file')
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
    response.end(readFileSync(path))
  } catch {
    response.writeHead(404)
    response.end()
  }
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const here = `http://127.0.0.1:${server.address().port}/`

const profile = mkdtempSync(join(tmpdir(), 'embargod-browser.'))
mkdirSync(shots, { recursive: true })
let wrong = 0
let good = 0
function tell(where, complaints) {
  if (complaints.length === 0) {
    good += 1
    return
  }
  wrong += 1
  console.log(`${where}:`)
  for (const complaint of complaints) console.log(`  ${complaint}`)
}

// The audit runs in a world of its own: the pages allow no script, and need not for this.
async function audit(page) {
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const world = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'audit' })
  const evaluate = async (expression) => {
    const answer = await session.send('Runtime.evaluate', {
      expression,
      contextId: world.executionContextId,
      awaitPromise: true,
      returnByValue: true,
    })
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text)
    return answer.result.value
  }
  await evaluate(`${axe};1`)
  const results = await evaluate(
    `axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then((found) => JSON.stringify({
      violations: found.violations.map((one) => [one.id, one.impact, one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')]),
      passes: found.passes.length,
    }))`,
  )
  await session.detach()
  return JSON.parse(results)
}

async function look(browser, name, url, width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, deviceScaleFactor: width < 500 ? 2 : 1 })
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') complaints.push(`asks ${request.url()}`)
  })
  await page.goto(url, { waitUntil: 'load' })
  const scripts = await page.locator('script').count()
  if (scripts > 0) complaints.push(`${scripts} scripts`)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) complaints.push(`${wide} pixels wider than the window`)
  const found = await audit(page)
  if (found.passes === 0) complaints.push('the audit looked at nothing')
  for (const [id, impact, nodes] of found.violations) {
    if (impact === 'serious' || impact === 'critical') complaints.push(`axe ${id} (${impact}): ${nodes}`)
    else console.log(`note: ${name} at ${width}, ${colorScheme}: axe ${id} (${impact}): ${nodes}`)
  }
  await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
  tell(`${name} at ${width} px, ${colorScheme}`, complaints)
  await context.close()
}

// An audit that finds nothing wrong with this would find nothing wrong with anything.
async function finds(browser) {
  const context = await browser.newContext({ viewport: { width: 360, height: 900 } })
  const page = await context.newPage()
  await page.setContent(
    '<!doctype html><html><head><title></title></head><body><img src="data:,"><p style="color:#ccc;background:#fff">faint</p></body></html>',
  )
  const found = await audit(page)
  const ids = found.violations.map(([id]) => id)
  const missed = ['color-contrast', 'html-has-lang', 'image-alt'].filter((id) => !ids.includes(id))
  tell('the audit of a broken page', missed.map((id) => `did not find ${id}`))
  await context.close()
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
try {
  await finds(browser)
  const pages = PAGES.map(([name, path]) => [name, here + path])
  if (status) pages.push(['status', status])
  for (const [name, url] of pages) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) await look(browser, name, url, width, scheme)
    }
  }
} finally {
  await browser.close()
  server.close()
  rmSync(profile, { recursive: true, force: true })
}
console.log(`${good} looked at without complaint, ${wrong} with`)
process.exitCode = wrong === 0 && good > 0 ? 0 : 1
