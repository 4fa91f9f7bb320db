{
  "include_dirs": ["build/generated"],
  "defines": ["NAPI_VERSION=8"],
  "variables": { "sanitize%": "<!(node -p \"process.env.PACKET_IO_SANITIZE ? 1 : 0\")" },
  "cflags": ["-fPIC", "-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"],
  "cflags_cc": ["-std=c++17"],
  "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
  "conditions": [
    ["sanitize==1", {
      "cflags!": ["-O3"],
      "cflags": ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
      "ldflags": ["-fsanitize=address,undefined"]
    }]
  ]
}
