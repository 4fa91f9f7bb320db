// Beyond one idea per file only because the scripts share a prelude: they are the operations on one
// room's keys.
import { ROOM_CAPACITY } from '../../cluster.js';
import { Script } from '../connection/script.js';

/**
 * A room's keys, all in one slot:
 *
 * - `state` (hash): `version`; `run`, the Redis process that gave it; `epoch`, the highest given;
 *   `order`, the last place given; `observer:<participant>`, the place of an observer, followed by
 *   its decodable codecs as JSON, once known.
 * - `participants` (hash): id → JSON of
 *   `{ order, attributes, producers: [{ id, node, attributes }] }`. All values are strings,
 *   attributes in JSON once more, because cjson would round numbers and cannot distinguish an empty
 *   list from an empty object.
 * - `homes` (hash): participant id → `epoch order nodeId`.
 * - `hanging` (sorted set, by member): dependents of each node: `node \0 h \0 participant`,
 *   `node \0 p \0 participant \0 producer`.
 * - `events`: the sharded channel on which changes are published.
 *
 * Versions and epochs begin at Redis' time in microseconds, so that they exceed all older ones
 * after the loss of a room; 2^53 µs is the year 2255.
 */
const prelude = `
local state, participants, homes, hanging, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local run = ARGV[1]

local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function text(number)
  return string.format('%.0f', number)
end

-- A process that did not give the version may lack the last ones given (restart, fail-over), so the version jumps above them all.
local function version()
  local known = redis.call('HMGET', state, 'version', 'run')
  local number = tonumber(known[1])
  if number and known[2] == run then return number end
  number = math.max(number or 0, micros())
  redis.call('HSET', state, 'version', text(number), 'run', run)
  return number
end

local function commit(change)
  local number = version() + 1
  redis.call('HSET', state, 'version', text(number))
  redis.call('SPUBLISH', events, '{"version":' .. text(number) .. ',"change":' .. change .. '}')
  return text(number)
end

-- An abandoned room goes after a day; activity and whoever watches it renew that.
local function keep()
  for index = 1, 4 do redis.call('EXPIRE', KEYS[index], ${24 * 3600}) end
end

local function place()
  return redis.call('HINCRBY', state, 'order', 1)
end

local function homeOf(id)
  local home = redis.call('HGET', homes, id)
  if not home then return nil end
  local epoch, order, node = string.match(home, '^(%d+) (%d+) (.+)$')
  return { epoch = epoch, order = order, node = node }
end

local function homeMember(node, id)
  return node .. '\\0h\\0' .. id
end

local function producerMember(node, id, producer)
  return node .. '\\0p\\0' .. id .. '\\0' .. producer
end

-- What is no record of ours counts as missing: it must not keep the others from leaving or joining.
local function load(id)
  local text = redis.call('HGET', participants, id)
  if not text then return nil end
  local read, record = pcall(cjson.decode, text)
  if not read or type(record) ~= 'table' or type(record.attributes) ~= 'table' or type(record.producers) ~= 'table'
    or not tonumber(record.order) then return nil end
  for _, producer in ipairs(record.producers) do
    if type(producer) ~= 'table' or type(producer.id) ~= 'string' or type(producer.node) ~= 'string'
      or type(producer.attributes) ~= 'table' then return nil end
  end
  return record
end

local function save(id, record)
  redis.call('HSET', participants, id, cjson.encode(record))
end

local function claim(id, node)
  local old = homeOf(id)
  if old then redis.call('ZREM', hanging, homeMember(old.node, id)) end
  local order = old and old.order or place()
  version()
  local epoch = math.max((tonumber(redis.call('HGET', state, 'epoch')) or 0) + 1, micros())
  redis.call('HSET', state, 'epoch', text(epoch))
  redis.call('HSET', homes, id, text(epoch) .. ' ' .. order .. ' ' .. node)
  redis.call('ZADD', hanging, 0, homeMember(node, id))
  keep()
  return text(epoch)
end

local function removeHome(id)
  local home = homeOf(id)
  if not home then return end
  redis.call('ZREM', hanging, homeMember(home.node, id))
  redis.call('HDEL', homes, id)
  -- Nothing is left of it, not even a record that cannot be read.
  redis.call('HDEL', participants, id)
end

local function removeParticipant(id, record)
  for _, producer in ipairs(record.producers) do
    redis.call('ZREM', hanging, producerMember(producer.node, id, producer.id))
  end
  redis.call('HDEL', participants, id)
end

local function isObserver(id)
  return redis.call('HEXISTS', state, 'observer:' .. id) == 1
end

local function removeObserver(id)
  return redis.call('HDEL', state, 'observer:' .. id) == 1
end

local function observers()
  local fields = redis.call('HGETALL', state)
  local found, ids, decodes = {}, {}, {}
  for index = 1, #fields, 2 do
    local id = string.match(fields[index], '^observer:(.+)$')
    if id then
      local order, decoded = string.match(fields[index + 1], '^(%d+) ?(.*)$')
      table.insert(found, { id = id, order = tonumber(order) or 0, decodes = decoded or '' })
    end
  end
  table.sort(found, function(one, other) return one.order < other.order end)
  for _, observer in ipairs(found) do
    table.insert(ids, observer.id)
    table.insert(decodes, observer.decodes)
  end
  return ids, decodes
end

local function patch(attributes, change)
  local changed = false
  for name, value in pairs(change) do
    if attributes[name] ~= value then
      attributes[name] = value
      changed = true
    end
  end
  return changed
end

local function indexOf(producers, id)
  for index, producer in ipairs(producers) do
    if producer.id == id then return index end
  end
end
`;

/** participant, node → the epoch. */
export const claimScript = new Script(`${prelude}
return claim(ARGV[2], ARGV[3])
`);

/** participant, node, epoch → the epoch in force, or nothing if another home is in force. */
export const reclaimScript = new Script(`${prelude}
local home = homeOf(ARGV[2])
if not home then return claim(ARGV[2], ARGV[3]) end
if home.node ~= ARGV[3] or home.epoch ~= ARGV[4] then return false end
keep()
return home.epoch
`);

/** participant, node, epoch, type of change, change, details → outcome, version or reason. */
export const applyScript = new Script(`${prelude}
local id, node, epoch, kind, change = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local details = cjson.decode(ARGV[7])
local home = homeOf(id)
if not home then return { 'refused', 'not-found' } end
if home.epoch ~= epoch or home.node ~= node then return { 'refused', 'stale-epoch' } end
local record = load(id)

if kind == 'participant.left' then
  local outcome = { 'unchanged', text(version()) }
  if record then
    removeParticipant(id, record)
    outcome = { 'applied', commit(change) }
  elseif removeObserver(id) then
    outcome = { 'applied', commit(change) }
  end
  removeHome(id)
  keep()
  return outcome
end

if kind == 'observer.joined' then
  local outcome = { 'unchanged', text(version()) }
  if not record then
    local field = 'observer:' .. id
    local known = redis.call('HGET', state, field)
    local order = known and string.match(known, '^%d+') or text(place())
    local wanted = details.decodes and order .. ' ' .. details.decodes or known or order
    if wanted ~= known then
      redis.call('HSET', state, field, wanted)
      outcome = { 'applied', commit(change) }
    end
  end
  keep()
  return outcome
end

local changed = false
if kind == 'participant.joined' then
  -- Who is hidden stays so.
  if not record and not isObserver(id) then
    if redis.call('HLEN', participants) >= ${ROOM_CAPACITY} then
      removeHome(id)
      return { 'refused', 'full' }
    end
    record = details
    record.order = text(place())
    for _, producer in ipairs(record.producers) do
      redis.call('ZADD', hanging, 0, producerMember(producer.node, id, producer.id))
    end
    changed = true
  end
else
  if not record then return { 'refused', 'not-found' } end
  local index = details.id and indexOf(record.producers, details.id)
  if kind == 'participant.updated' then
    changed = patch(record.attributes, details.attributes)
  elseif kind == 'producer.added' then
    if not index then
      table.insert(record.producers, details)
      redis.call('ZADD', hanging, 0, producerMember(details.node, id, details.id))
      changed = true
    end
  elseif kind == 'producer.updated' then
    changed = index ~= nil and patch(record.producers[index].attributes, details.attributes)
  elseif kind == 'producer.removed' then
    if index then
      redis.call('ZREM', hanging, producerMember(record.producers[index].node, id, details.id))
      table.remove(record.producers, index)
      changed = true
    end
  end
end
local outcome = { 'unchanged', text(version()) }
if changed then
  save(id, record)
  outcome = { 'applied', commit(change) }
end
keep()
return outcome
`);

/** Nothing, or one participant → version, records, ids of observers, decodable codecs of each. */
export const snapshotScript = new Script(`${prelude}
local records = redis.call('HVALS', participants)
if #records == 0 then return false end
local ids, decodes = observers()
return { text(version()), records, ids, decodes }
`);

/** node → whether that ended the room, participants removed (R4). */
export const removeNodeScript = new Script(`${prelude}
local node = ARGV[2]
local members = redis.call('ZRANGEBYLEX', hanging, '[' .. node .. '\\0', '(' .. node .. '\\1')
local leavers, owners, orphans = {}, {}, {}
for _, member in ipairs(members) do
  local kind, rest = string.sub(member, #node + 2, #node + 2), string.sub(member, #node + 4)
  if kind == 'h' then
    local home = homeOf(rest)
    if home then table.insert(leavers, { id = rest, order = tonumber(home.order) })
    else redis.call('ZREM', hanging, member) end
  else
    local owner, producer = string.match(rest, '^(.-)%z(.*)$')
    if not orphans[owner] then
      orphans[owner] = {}
      table.insert(owners, owner)
    end
    orphans[owner][producer] = true
  end
end

local function byOrder(one, other) return one.order < other.order end

table.sort(leavers, byOrder)
local lost, shown = {}, false
for _, leaver in ipairs(leavers) do
  local record = load(leaver.id)
  if record then
    removeParticipant(leaver.id, record)
    commit('{"type":"participant.left","participantId":' .. cjson.encode(leaver.id) .. ',"reason":"node-lost"}')
    shown = true
  elseif removeObserver(leaver.id) then
    commit('{"type":"participant.left","participantId":' .. cjson.encode(leaver.id) .. ',"reason":"node-lost"}')
  end
  removeHome(leaver.id)
  table.insert(lost, leaver.id)
end

local affected = {}
for _, id in ipairs(owners) do
  local record = load(id)
  if record then table.insert(affected, { id = id, record = record, order = tonumber(record.order) }) end
end
table.sort(affected, byOrder)
for _, owner in ipairs(affected) do
  local kept = {}
  for _, producer in ipairs(owner.record.producers) do
    if orphans[owner.id][producer.id] and producer.node == node then
      redis.call('ZREM', hanging, producerMember(node, owner.id, producer.id))
      commit('{"type":"producer.removed","participantId":' .. cjson.encode(owner.id) .. ',"producerId":' .. cjson.encode(producer.id) .. '}')
    else
      table.insert(kept, producer)
    end
  end
  owner.record.producers = kept
  save(owner.id, owner.record)
end
if #members > 0 then keep() end
local ended = shown and redis.call('HLEN', participants) == 0
return { ended and 1 or 0, lost }
`);

/** Renews the room's life → nodes on which something depends. */
export const keepScript = new Script(`${prelude}
keep()
local nodes, last = {}, nil
for _, member in ipairs(redis.call('ZRANGE', hanging, 0, -1)) do
  local node = string.match(member, '^(.-)%z')
  if node ~= last then table.insert(nodes, node) end
  last = node
end
return nodes
`);

/** node → whether anything depends on it here. */
export const hangsScript = new Script(`${prelude}
return redis.call('ZLEXCOUNT', hanging, '[' .. ARGV[2] .. '\\0', '(' .. ARGV[2] .. '\\1')
`);
