-- What wrk sends: POST of a JSON document of 1,024 bytes, then GET of the key that came back, and with `delete` later
-- DELETE of it. Keys wait in a queue of the thread, so a read is done by whichever connection is free. Every answer's
-- status is checked, every read's length, and of every SAMPLE-th read the text.

local SIZE, SAMPLE = 1024, 16
-- With `delete`, a key goes when this many others have been read after it: by then its own read is answered.
local LAG = 1024

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

local function queue()
  return { first = 1, last = 0 }
end

local function push(self, key)
  self.last = self.last + 1
  self[self.last] = key
end

local function pop(self)
  local key = self[self.first]
  self[self.first] = nil
  self.first = self.first + 1
  return key
end

function init(arguments)
  delete = arguments[1] == "delete"
  unread, read = queue(), queue()
  written, fetched, deleted, wrong_status, wrong_body = 0, 0, 0, 0, 0
  first_wrong = ""
  sequence = 0
  local sample = head()
  text = string.sub(string.rep("All work and no play makes a dull benchmark. ", 24), 1, SIZE - #sample - 2) .. '"}'
  text_from = #sample + 1
  host = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
  post = "POST /data" .. host .. "Content-Type: application/json\r\nContent-Length: " .. SIZE .. "\r\n\r\n"
  host = host .. "\r\n"
end

-- Always of one length.
function head()
  return string.format(
    '{"id":"%03d-%012d","kind":"reading","sensor":{"site":"north","unit":"celsius","active":true,"parent":null},'
      .. '"values":[21.5,-3,4.25e2,0,18],"tags":["outdoor","calibrated"],"text":"', number, sequence)
end

function request()
  if unread.first <= unread.last then
    local key = pop(unread)
    if delete then push(read, key) end
    return "GET /data/" .. key .. host
  end
  if delete and read.last - read.first >= LAG then
    return "DELETE /data/" .. pop(read) .. host
  end
  sequence = sequence + 1
  return post .. head() .. text
end

function response(status, headers, body)
  if status == 200 then
    fetched = fetched + 1
    if #body ~= SIZE or (fetched % SAMPLE == 0 and string.sub(body, text_from) ~= text) then
      wrong_body = wrong_body + 1
    end
  elseif status == 201 then
    written = written + 1
    local key = string.match(body, '"key":%s*"([^"]+)"')
    if key then push(unread, key) else wrong_body = wrong_body + 1 end
  elseif status == 204 then
    deleted = deleted + 1
  else
    wrong_status = wrong_status + 1
    if first_wrong == "" then first_wrong = status .. " " .. string.sub(string.gsub(body, "[^%w ]", " "), 1, 200) end
  end
end

function done(summary, latency, requests)
  local sums = { written = 0, fetched = 0, deleted = 0, wrong_status = 0, wrong_body = 0 }
  local seen = ""
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
    if seen == "" then seen = thread:get("first_wrong") end
  end
  local errors = summary.errors
  local parts = {}
  for name, count in pairs(sums) do table.insert(parts, string.format('"%s":%d', name, count)) end
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p90_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f,"max_ms":%.3f,'
      .. '"connect_errors":%d,"read_errors":%d,"write_errors":%d,"timeouts":%d,"first_wrong":"%s",%s}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3, latency.max / 1e3, errors.connect, errors.read,
    errors.write, errors.timeout, seen, table.concat(parts, ",")))
end
