-- The users of a write are in up to {{BUCKETS}} fields of a hash, by a hash of the user. So a watermark reads only a part of a long
-- list. Returns the names of all fields of a writer.
local function userFields(writer)
  local fields = {}
  for bucket = 0, {{BUCKETS}} - 1 do fields[#fields + 1] = bucket .. ' ' .. writer end
  return fields
end
