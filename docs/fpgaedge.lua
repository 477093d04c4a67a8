-- Wireshark and tshark: FpgaEdge's datagrams, as docs/PROTOCOL.md describes them.
--   tshark -X lua_script:docs/fpgaedge.lua -r capture.pcap -O fpgaedge
--   tshark -X lua_script:docs/fpgaedge.lua -r capture.pcap -Y 'fpgaedge.kind == "Data"' -T fields -e ip.src -e fpgaedge.field
-- Boards listen on any port: a datagram is recognised by its form. What is sealed with a key is shown as sealed.
local fpgaedge = Proto("fpgaedge", "FpgaEdge")

local kind_field = ProtoField.string("fpgaedge.kind", "Kind")
local values_field = ProtoField.string("fpgaedge.values", "All values")
local element_field = ProtoField.string("fpgaedge.field", "Field")
local checksum_field = ProtoField.bytes("fpgaedge.checksum", "XXH64")
local sealed_field = ProtoField.bool("fpgaedge.sealed", "Sealed with a cluster key")
fpgaedge.fields = { kind_field, values_field, element_field, checksum_field, sealed_field }

local frame = "client request frame epoch stage "
local kinds = {
  { "Hello", "name board configuration clockHz linkBitsPerSecond memoryBytes epoch viewHash packages" },
  { "View", "members" },
  { "Leave", "" },
  { "Ping", "nonce subject subjectIncarnation" },
  { "PingAck", "nonce subject subjectIncarnation" },
  { "PingRequest", "nonce subject subjectIncarnation" },
  { "WhoIs", "subject" },
  { "Introduction", "subject incarnation addressHigh addressLow port ageMs name board configuration clockHz linkBitsPerSecond memoryBytes" },
  { "ClientHello", "sequence newestRequest requests" },
  { "PackageOffer", "package size" },
  { "PackageRequest", "package first mask" },
  { "PackageChunk", "package index bytes" },
  { "PlanQuery", "package firstStage" },
  { "PlanInfo", "package plan strategy stages firstStage stagesHere" },
  { "Data", frame .. "plan flags size index budgetUs sentUs bytes" },
  { "Ack", frame .. "planTag status grant base mask echoUs" },
  { "Stale", frame .. "planTag currentPlan viewHash" },
  { "FrameQuery", frame .. "held round" },
  { "FrameState", frame .. "held round" },
  { "Command", "number boardIncarnation mask command" },
  { "CommandAnswer", "number size index bytes" },
  { "FrameMissed", frame .. "planTag statistics" },
  { "PackageOutlineQuery", "package first" },
  { "PackageOutline", "package root first digests" },
}
local header = { "version", "kind", "cluster", "sender", "incarnation" }

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- One MessagePack value: its text (bin as hexadecimal in angle brackets), where the next one begins, and, of an array, its
-- elements. Nil where the bytes are none that the protocol uses.
local function value(buffer, at, depth)
  if at >= buffer:len() or depth > 4 then return nil end
  local code = buffer(at, 1):uint()
  local function fits(count) return at + count <= buffer:len() end
  local function array(start, count)
    local parts, texts, next_at = {}, {}, start
    for i = 1, count do
      local from = next_at
      local text, after = value(buffer, next_at, depth + 1)
      if not text then return nil end
      parts[i], texts[i], next_at = { text = text, at = from, length = after - from }, text, after
    end
    return "[" .. table.concat(texts, ", ") .. "]", next_at, parts
  end
  local function text(start, count)
    if not fits(start - at + count) then return nil end
    return '"' .. (count > 0 and buffer(start, count):string() or "") .. '"', start + count
  end
  local function bytes(start, count)
    if not fits(start - at + count) then return nil end
    return "<" .. (count > 0 and tostring(buffer(start, count):bytes()):lower() or "") .. ">", start + count
  end
  if code < 0x80 then return tostring(code), at + 1 end
  if code >= 0x90 and code < 0xa0 then return array(at + 1, code - 0x90) end
  if code >= 0xa0 and code < 0xc0 then return text(at + 1, code - 0xa0) end
  if code == 0xc2 then return "false", at + 1 end
  if code == 0xc3 then return "true", at + 1 end
  if code == 0xc4 and fits(2) then return bytes(at + 2, buffer(at + 1, 1):uint()) end
  if code == 0xc5 and fits(3) then return bytes(at + 3, buffer(at + 1, 2):uint()) end
  if code == 0xcc and fits(2) then return tostring(buffer(at + 1, 1):uint()), at + 2 end
  if code == 0xcd and fits(3) then return tostring(buffer(at + 1, 2):uint()), at + 3 end
  if code == 0xce and fits(5) then return string.format("%.0f", buffer(at + 1, 4):uint()), at + 5 end
  if code == 0xcf and fits(9) then return tostring(buffer(at + 1, 8):uint64()), at + 9 end
  if code == 0xd9 and fits(2) then return text(at + 2, buffer(at + 1, 1):uint()) end
  if code == 0xdc and fits(3) then return array(at + 3, buffer(at + 1, 2):uint()) end
  return nil
end

local function is_sealed(buffer)
  return buffer:len() > 60 and buffer(0, 4):uint() == 0x9301c428
end

local function is_plain(buffer)
  return buffer:len() > 15 and buffer(buffer:len() - 10, 2):uint() == 0xc408
end

function fpgaedge.dissector(buffer, packet, root)
  if is_sealed(buffer) then
    packet.cols.protocol = "FpgaEdge"
    packet.cols.info = "sealed with a cluster key"
    local tree = root:add(fpgaedge, buffer())
    tree:add(sealed_field, buffer(), true)
    tree:add(element_field, buffer(4, 8), "cluster: " .. tostring(buffer(4, 8):uint64()))
    tree:add(element_field, buffer(12, 8), "sender: " .. tostring(buffer(12, 8):uint64()))
    tree:add(element_field, buffer(20, 16), "bootSalt: " .. tostring(buffer(20, 16):bytes()):lower())
    tree:add(element_field, buffer(36, 8), "counter: " .. tostring(buffer(36, 8):uint64()))
    return buffer:len()
  end
  if not is_plain(buffer) then return 0 end
  local text, after, parts = value(buffer, 0, 0)
  if not parts or after ~= buffer:len() - 10 or #parts < #header or parts[1].text ~= "1" then return 0 end
  local kind = kinds[tonumber(parts[2].text)]
  if not kind then return 0 end
  packet.cols.protocol = "FpgaEdge"
  packet.cols.info = kind[1]
  local tree = root:add(fpgaedge, buffer())
  tree:add(kind_field, buffer(parts[2].at, 1), kind[1])
  tree:add(sealed_field, buffer(), false)
  tree:add(values_field, buffer(0, after), text)
  local names = words(kind[2])
  for i, part in ipairs(parts) do
    local name = header[i] or names[i - #header] or "?"
    tree:add(element_field, buffer(part.at, part.length), name .. ": " .. part.text)
  end
  tree:add(checksum_field, buffer(buffer:len() - 8, 8))
  return buffer:len()
end

fpgaedge:register_heuristic("udp", function(buffer, packet, root)
  return fpgaedge.dissector(buffer:range():tvb(), packet, root) > 0
end)
