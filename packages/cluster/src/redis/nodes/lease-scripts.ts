import { LEASE_EXPIRY } from '../../cluster.js';
import { Script } from '../connection/script.js';

/**
 * Leases of all nodes, in one slot. A token is `member/random`, where `member` is the id of the
 * member that holds the lease:
 *
 * - `state` (hash): `generation`, a name that is new when Redis began empty; `version` of the table
 *   and the `run` that gave it; `served`, the time served, in milliseconds; `quiet`, the time
 *   served until which no lease expires.
 * - `records` (hash): id → `token record`. A member's own lease has an empty record and is reported
 *   to no watcher.
 * - `heard` (sorted set): id → time served at its last heartbeat.
 * - `lost` (hash): id → `token record` of lost nodes whose participants are not yet reported as
 *   removed.
 * - `events`: the sharded channel, and `events:member` one to which only that member subscribes:
 *   while the subscription lasts, its process has a connection.
 *
 * *Time served* keeps a node alive while Redis is slow or away: it is not a clock of Redis. The
 * members' heartbeats advance it when they are carried out, each by the time since its previous
 * heartbeat on the member's monotonic clock (at most 1.5 s). While Redis carries out nothing, no
 * time is served, so no member can miss a heartbeat in it.
 */
const prelude = `
local state, records, heard, events, lost = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local run = ARGV[1]

local function text(number)
  return string.format('%.0f', number)
end

-- As for rooms: above all versions that another process may have given.
local function version()
  local known = redis.call('HMGET', state, 'version', 'run')
  local number = tonumber(known[1])
  if number and known[2] == run then return number end
  local time = redis.call('TIME')
  number = math.max(number or 0, time[1] * 1000000 + time[2])
  redis.call('HSET', state, 'version', text(number), 'run', run)
  return number
end

local function publish(kind, token, record, reason)
  if record == '' then return end
  local number = text(version() + 1)
  redis.call('HSET', state, 'version', number)
  redis.call('SPUBLISH', events, '{"version":' .. number .. ',"type":"' .. kind .. '","reason":"' .. reason ..
    '","token":' .. cjson.encode(token) .. ',"node":' .. record .. '}')
end

local function lease(id)
  local held = redis.call('HGET', records, id)
  if not held then return nil end
  local token, record = string.match(held, '^(%S+) (.*)$')
  return { token = token, record = record }
end

local function hold(id, token, record, served)
  redis.call('HSET', records, id, token .. ' ' .. record)
  redis.call('ZADD', heard, served, id)
end

local function remove(id, held, reason)
  redis.call('HDEL', records, id)
  redis.call('ZREM', heard, id)
  if held.record == '' then return end
  redis.call('HSET', lost, id, held.token .. ' ' .. held.record)
  redis.call('EXPIRE', lost, ${24 * 3600})
  publish('down', held.token, held.record, reason)
end

local function served()
  return tonumber(redis.call('HGET', state, 'served')) or 0
end

local function connected(token)
  return redis.call('PUBSUB', 'SHARDNUMSUB', events .. ':' .. string.match(token, '^[^/]*'))[2] > 0
end
`;

/**
 * Milliseconds of time served after an outage of Redis in which no lease expires: members reconnect
 * within one connection attempt of each other.
 */
export const RETURN_GRACE = 5000;

/**
 * Maximum milliseconds of time served for one heartbeat: one that is late by half still counts in
 * full.
 */
const MOST_SERVED_AT_ONCE = 1500;

/**
 * Milliseconds of time served without a heartbeat until a member that is still connected expires.
 * It may be cut off, hang, or be overloaded at the moment; the end of a process is detected at
 * once. Others are notified within 5 s (R4).
 */
export const CONNECTED_EXPIRY = 4000;

/** Milliseconds without time served that count as an outage of Redis. */
const AWAY = 2000;

/** id, token, record → whether it is held now. */
export const registerScript = new Script(`${prelude}
if lease(ARGV[2]) then return 0 end
hold(ARGV[2], ARGV[3], ARGV[4], served())
publish('up', ARGV[3], ARGV[4], '')
return 1
`);

/**
 * id, token, record → whether no other member holds the id. The next heartbeat takes an expired
 * lease again.
 */
export const updateScript = new Script(`${prelude}
local held = lease(ARGV[2])
if not held then return 1 end
if held.token ~= ARGV[3] then return 0 end
redis.call('HSET', records, ARGV[2], ARGV[3] .. ' ' .. ARGV[4])
publish('changed', ARGV[3], ARGV[4], '')
return 1
`);

/** id, token. */
export const releaseScript = new Script(`${prelude}
local held = lease(ARGV[2])
if held and held.token == ARGV[3] then remove(ARGV[2], held, 'released') end
return 1
`);

/**
 * generation known, time served at the previous heartbeat, milliseconds since, a name for a new
 * generation, then id, token and record of each lease → generation, time served, version, ids that
 * were taken (again), ids that another member holds.
 */
export const heartbeatScript = new Script(`${prelude}
local known, before, passed = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local generation = redis.call('HGET', state, 'generation')
local now = served()
if not generation then
  generation = ARGV[5]
  redis.call('HSET', state, 'generation', generation, 'quiet', now + ${RETURN_GRACE})
elseif known == generation then
  local moved = math.max(now, before + math.min(passed, ${MOST_SERVED_AT_ONCE}))
  if now < before + passed - ${AWAY} then redis.call('HSET', state, 'quiet', text(moved + ${RETURN_GRACE})) end
  now = moved
end
redis.call('HSET', state, 'served', text(now))

local taken, refused = {}, {}
for index = 6, #ARGV, 3 do
  local id, token, record = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local held = lease(id)
  if not held then
    hold(id, token, record, now)
    publish('up', token, record, '')
    table.insert(taken, id)
  elseif held.token ~= token then
    table.insert(refused, id)
  else
    redis.call('ZADD', heard, now, id)
    if held.record ~= record then
      hold(id, token, record, now)
      publish('changed', token, record, '')
    end
  end
end

if now >= tonumber(redis.call('HGET', state, 'quiet')) then
  local late = redis.call('ZRANGE', heard, '-inf', now - ${LEASE_EXPIRY}, 'BYSCORE', 'WITHSCORES')
  for index = 1, #late, 2 do
    local id, at = late[index], tonumber(late[index + 1])
    local held = lease(id)
    if not held then
      redis.call('ZREM', heard, id)
    elseif at <= now - ${CONNECTED_EXPIRY} or not connected(held.token) then
      remove(id, held, 'expired')
    end
  end
end
for index = 1, 3 do redis.call('EXPIRE', KEYS[index], ${24 * 3600}) end
return { generation, text(now), text(version()), taken, refused }
`);

/** → generation, version, ids and leases in turn. */
export const tableScript = new Script(`${prelude}
return { redis.call('HGET', state, 'generation') or '', text(version()), redis.call('HGETALL', records) }
`);
