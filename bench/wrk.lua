-- What wrk sends: wrk … -s bench/wrk.lua ADDRESS -- ROUTE FIRST TOKENS [SCALE]. The n-th request follows from n alone, and the
-- first one of a run is told, so that no write is sent twice. TOKENS holds "student token" or "mentor token" a line.
local route, n, people, tokens = nil, 0, {}, {}
local students, mentors = 10000, 500

function init(args)
    route, n = args[1], tonumber(args[2])
    local scale = tonumber(args[4] or "1")
    students, mentors = math.floor(students * scale + 0.5), math.floor(mentors * scale + 0.5)
    for line in io.lines(args[3]) do
        local person, token = line:match("^(%S+) (%S+)$")
        people[#people + 1] = person
        tokens[person] = token
    end
end

-- Spreads running numbers over a range, so that neighbours are not asked for one after the other.
local function spread(number, range)
    return (number * 7919) % range
end

local function headers(person, key)
    local set = { ["Content-Type"] = "application/json" }
    if person then set["Authorization"] = "Bearer " .. tokens[person] end
    if key then set["Idempotency-Key"] = key end
    return set
end

-- A Monday far enough ahead to be asked for.
local day = os.time() + 21 * 86400
while os.date("!%w", day) ~= "1" do day = day + 86400 end
local monday = os.date("!%Y-%m-%d", day)

local skills = { "java-programming", "python-programming", "web-development", "machine-learning", "system-design" }

local routes = {
    mentor = function(i) return "GET", "/api/v1/mentors/" .. 2000000 + spread(i, mentors) end,
    mentors = function() return "GET", "/api/v1/mentors?limit=20" end,
    plans = function(i) return "GET", "/api/v1/plans?skill=" .. skills[i % #skills + 1] end,
    own = function(i) return "GET", "/api/v1/sessions?limit=20", people[spread(i, #people) + 1] end,
    session = function(i)
        local person = people[spread(i, #people) + 1]
        return "GET", "/api/v1/sessions/" .. person + 2000000, person
    end,
    request = function(i)
        local student = 1000000 + i % students
        local mentor = (i + math.floor(mentors / 2) + 7 * math.floor(i / students)) % mentors
        local body = ('{"mentor_id":"%d","plan_id":%d,"start":{"date":"%s","time":"09:00"}}'):format(
            2000000 + mentor, 3 * (mentor % 10) + 3, monday)
        return "POST", "/api/v1/sessions", tostring(student), "request-" .. i, body
    end,
    approve = function(i)
        local mentor = 2000000 + (i + 7 * math.floor(i / students)) % mentors
        return "POST", "/api/v1/sessions/" .. 5000000 + i .. "/approve", tostring(mentor), "approve-" .. i
    end,
    log_in = function(i)
        local body = ('{"email":"student-%d@bench.example","password":"learning together"}'):format(spread(i, students))
        return "POST", "/api/v1/tokens", nil, nil, body
    end,
}

function request()
    local method, path, person, key, body = routes[route](n)
    n = n + 1
    return wrk.format(method, path, headers(person, key), body)
end

function done(summary, latency)
    io.write(("RESULT %d %d %d %d %d %d\n"):format(summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
