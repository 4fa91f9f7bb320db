{
  "targets": [
    {
      "target_name": "packet_io",
      "sources": [
        "native/addon.cc",
        "native/address.cc",
        "native/alarm.cc",
        "native/arena.cc",
        "native/budget.cc",
        "native/certificate.cc",
        "native/dtls-records.cc",
        "native/dtls.cc",
        "native/fingerprint.cc",
        "native/floor.cc",
        "native/flush.cc",
        "native/outgoing-packet.cc",
        "native/plane.cc",
        "native/receive.cc",
        "native/session-table.cc",
        "native/socket.cc",
        "native/srtp-cipher.cc",
        "native/srtp-keys.cc",
        "native/srtp.cc",
        "native/stream-table.cc",
        "native/transmit.cc",
        "native/vectors.cc"
      ],
      "defines": ["NAPI_VERSION=8"],
      "variables": { "sanitize%": "<!(node -p \"process.env.PACKET_IO_SANITIZE ? 1 : 0\")" },
      "cflags": ["-Wall", "-Wextra", "-Wno-cast-function-type", "-fvisibility=hidden"],
      "cflags_cc": ["-std=c++17"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "OTHER_CFLAGS": ["-Wall", "-Wextra", "-O3"],
        "MACOSX_DEPLOYMENT_TARGET": "11.0"
      },
      "conditions": [
        ["sanitize==1", {
          "cflags!": ["-O3"],
          "cflags": ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
          "ldflags": ["-fsanitize=address,undefined"]
        }]
      ]
    }
  ]
}
