-- Takes one from each of several rates, or from none. Returns 0, or the microseconds until all of them grant one.
--
-- KEYS: two a claim, its count and its pause.
-- ARGV: three a claim: 'bucket', tolerance, interval, or 'window', most, length; times in microseconds.
-- Reckons as bot/rates.py does, by Redis' own clock, so that those of the hosts need not agree. Where that clock was set back, what lies
-- in its future is not believed.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function milliseconds(microseconds)
    return math.ceil(microseconds / 1000)
end

local function full_at(count, tolerance, interval)
    return math.min(tonumber(redis.call('GET', count) or 0), now + tolerance + interval)
end

local rates = {
    bucket = {
        free_at = function(count, tolerance, interval)
            return full_at(count, tolerance, interval) - tolerance
        end,
        note = function(count, tolerance, interval)
            local full = math.max(now, full_at(count, tolerance, interval)) + interval
            redis.call('SET', count, full, 'PX', milliseconds(full - now))
        end,
    },
    window = {
        free_at = function(count, most, length)
            local oldest = tonumber(redis.call('LINDEX', count, -most) or 0)
            return oldest <= now and oldest + length or 0
        end,
        note = function(count, most, length)
            redis.call('RPUSH', count, now)
            redis.call('LTRIM', count, -most, -1)
            redis.call('PEXPIRE', count, milliseconds(length))
        end,
    },
}

local claims = {}
for number = 1, #KEYS / 2 do
    claims[number] = {
        rate = rates[ARGV[3 * number - 2]],
        count = KEYS[2 * number - 1],
        pause = KEYS[2 * number],
        numbers = { tonumber(ARGV[3 * number - 1]), tonumber(ARGV[3 * number]) },
    }
end

local wait = 0
for _, claim in ipairs(claims) do
    local free_at = claim.rate.free_at(claim.count, unpack(claim.numbers))
    wait = math.max(wait, free_at - now, redis.call('PTTL', claim.pause) * 1000)
end
if wait > 0 then
    return math.ceil(wait)
end
for _, claim in ipairs(claims) do
    claim.rate.note(claim.count, unpack(claim.numbers))
end
return 0
