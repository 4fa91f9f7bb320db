import { Script } from '../connection/script.js';
import { SEAT_LIFE } from '../seats.js';

/** entries, appended; body, capacity → id, or nothing when the stream is full. */
export const appendScript = new Script(`
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[3]) then return false end
local id = redis.call('XADD', KEYS[1], '*', 'body', ARGV[2])
redis.call('SPUBLISH', KEYS[2], id)
return id
`);

/**
 * entries, seat; group, consumer, id of the entry that is done or nothing → `held` and its holder,
 * `none`, or `entry` with id and body.
 *
 * The holder of the group's seat reads under one consumer's name, so the unfinished entries of a
 * vanished holder are still pending. An entry is removed once every group is done with it.
 */
export const nextScript = new Script(`
local entries, seat = KEYS[1], KEYS[2]
local group, consumer, done = ARGV[2], ARGV[3], ARGV[4]
local holder = redis.call('GET', seat)
if holder and holder ~= consumer then return { 'held', holder } end
redis.call('SET', seat, consumer, 'EX', ${SEAT_LIFE})

local function read(from)
  return redis.pcall('XREADGROUP', 'GROUP', group, 'active', 'COUNT', 1, 'STREAMS', entries, from)
end

local function parts(id)
  local time, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(sequence)
end

-- Everything before the first entry that some group is not done with.
local function trim()
  local time, sequence
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', entries)) do
    local fields = {}
    for index = 1, #info, 2 do fields[info[index]] = info[index + 1] end
    local t, s
    if fields['pending'] > 0 then
      t, s = parts(redis.call('XPENDING', entries, fields['name'], '-', '+', 1)[1][1])
    else
      t, s = parts(fields['last-delivered-id'])
      s = s + 1
    end
    if not time or t < time or (t == time and s < sequence) then time, sequence = t, s end
  end
  redis.call('XTRIM', entries, 'MINID', string.format('%.0f-%.0f', time, sequence))
end

local found = read('0')
if found and found.err then
  redis.call('XGROUP', 'CREATE', entries, group, '0', 'MKSTREAM')
  found = read('0')
elseif done ~= '' then
  redis.call('XACK', entries, group, done)
  trim()
  found = read('0')
end
if not found or #found == 0 or #found[1][2] == 0 then found = read('>') end
if not found or #found == 0 or #found[1][2] == 0 then return { 'none' } end
local entry = found[1][2][1]
return { 'entry', entry[1], entry[2] and entry[2][2] or 'null' }
`);
