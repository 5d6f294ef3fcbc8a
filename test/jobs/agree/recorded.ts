/**
 * Values of `events`, and key and value of what the query of notebook 1 makes of them, as Spark 4.0.0 has written them. The static
 * tables were `user-0` to `user-9` and `dept-0` to `dept-4`.
 */
export const RECORDED: readonly (readonly [input: string | Buffer | null, key: string | null, value: string])[] = [
  [
    '{"hello":"a","id":-0,"time":"2026-11-21 12:00:00"}',
    "0",
    '{"time":"2026-11-21 12:00:00","user_id":0,"user_name":"user-0","dept_name":"dept-0","gender":"남성","age":1,"hello":"a","id":0}',
  ],
  [
    '{"hello":"a","id":-3,"time":"2026-11-21 12:00:00"}',
    "-3",
    '{"time":"2026-11-21 12:00:00","user_id":-3,"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","age":-2,"hello":"a","id":-3}',
  ],
  [
    '{"hello":"a","id":9223372036854775807,"time":"2026-11-21 12:00:00"}',
    "7",
    '{"time":"2026-11-21 12:00:00","user_id":7,"user_name":"user-7","dept_name":"dept-2","gender":"여성","age":8,"hello":"a","id":9223372036854775807}',
  ],
  [
    '{"hello":"a","id":-7,"time":"x"}',
    "-7",
    '{"time":"x","user_id":-7,"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","age":-6,"hello":"a","id":-7}',
  ],
  [null, null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["hello", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ['{"hello":"a","id":3', null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '﻿{"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  ["null", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["3", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '[{"id":3,"time":"2026-11-21 12:00:00"}]',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":"a","time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":null,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":3.5,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":3.0,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":3e0,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":"3","time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":9223372036854775808,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    "{'hello':'a','time':'2026-11-21 12:00:00'}",
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","time":"2026-11-21 12:00:00"} x',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":NaN,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":03,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{hello:"a",id:3,time:"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '[{"id":3,"time":"2026-11-21 12:00:00"},{"id":4,"time":"2026-11-21 12:00:00"}]',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  ["[]", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["{}", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ['"abc"', null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["true", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  ["   ", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '{"hello":"a","id":true,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a","id":{"a":1},"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":null,"id":"x","time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":"a","id":3.5,"time":"yesterday"}',
    null,
    '{"time":"yesterday","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":12,"id":99999999999999999999,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"12"}',
  ],
  [
    '{"id":"3","time":"2026-11-21 12:00:00","hello":"a"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":"a\tb","id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  ['{"hello":"a', null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '{"hello":"a","id":3,"time":"2026-11-21 12:00:00",}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":"a"/*x*/,"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":"a","id":3,"time":"2026-11-21 12:00:00"',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    Buffer.from('{"hello":"\u00ec\u0084', "latin1"),
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  ["{", null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '{"hello":"ssm-seoul","id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"ssm-seoul","id":3}',
  ],
  [
    '{ "x" : [1, {"id": 9}], "time" : "2026-11-21 12:00:00",\n"id" : 3, "hello" : "ssm-seoul" }',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"ssm-seoul","id":3}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"hello":null,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"hello":12,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"12","id":3}',
  ],
  [
    '{"hello":{"a":[1,"b"]},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{\\"a\\":[1,\\"b\\"]}","id":3}',
  ],
  [
    '{"hello":"서울 \\u0041\\n\\"\\\\\\/\\u001f😀","id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"서울 A\\n\\"\\\\/\\u001F😀","id":3}',
  ],
  [
    '{"hello":"\\ud83d!","id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"?!","id":3}',
  ],
  [
    '{"id":8,"hello":"a","id":3,"hello":"b","time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"b","id":3}',
  ],
  [
    '{"__proto__":{"id":1},"constructor":5,"hello":"a","id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":9007199254740993,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":94,"hello":"a","id":9007199254740993}',
  ],
  [
    "{'hello':'a','id':3,'time':'2026-11-21 12:00:00'}",
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00"} x',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    Buffer.from('{"hello":"\u00ec\u0084","id":3,"time":"2026-11-21 12:00:00"}', "latin1"),
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"�","id":3}',
  ],
  [
    '{"hello":"a","id":3}',
    "3",
    '{"user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":null}',
    "3",
    '{"user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":5}',
    "3",
    '{"time":"5","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":"2026-11-21T12:00:00Z"}',
    "3",
    '{"time":"2026-11-21T12:00:00Z","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":"2026-02-30 12:00:00"}',
    "3",
    '{"time":"2026-02-30 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":"2026-11-21 12:00:00"}]',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":"2026-11-21 12:00:00"}{"id":4}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":{"a": 1}}',
    "3",
    '{"time":"{\\"a\\":1}","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    Buffer.from(
      '{"hello":"\u00ff\u00fe\u00c0\u0080\u00ed\u00a0\u0080\u00f0\u009f\u0098x","id":3,"time":"2026-11-21 12:00:00"}',
      "latin1",
    ),
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"������x","id":3}',
  ],
  [
    Buffer.from('{"hello":"a","id":3,"time":"2026-11-21 12:00:00"}\u00ff', "latin1"),
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    Buffer.from('{"hello":"a","id":3,"time":"\u00ff"}', "latin1"),
    "3",
    '{"time":"�","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"id":"x","id":3,"hello":"a","time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"id":3,"id":"x","hello":"a","time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":\'a"b\',"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a\\"b","id":3}',
  ],
  [
    "{'hello':'a\\'b','id':3,'time':'2026-11-21 12:00:00'}",
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a\'b","id":3}',
  ],
  [
    '{"hello":"a","id":3,"time":"0000-01-01 00:00:00"}',
    "3",
    '{"time":"0000-01-01 00:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"a","id":3}',
  ],
  [
    '{"hello":{"a":"\\u00e9\\u001f","b": 1.0e5},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{\\"a\\":\\"é\\\\u001F\\",\\"b\\":100000.0}","id":3}',
  ],
  [
    '{"hello":true,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"true","id":3}',
  ],
  [
    '{"hello":1.50,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.5","id":3}',
  ],
  [
    '{"hello":"a","id":-9223372036854775808,"time":"2026-11-21 12:00:00"}',
    "-8",
    '{"time":"2026-11-21 12:00:00","user_id":-8,"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"남성","age":-7,"hello":"a","id":-9223372036854775808}',
  ],
  [
    '{"hello":INF,"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":tru,"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":True,"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"hello":[1,],"id":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":3,"id":null,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  ['{"a":[1,2,"id":3}', null, '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}'],
  [
    '{"id":3,"time":"2026-11-21 12:00:00","x":tru}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"ID":3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00","hello":"\\x"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":3 "time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":+3,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":.5,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":5.,"time":"2026-11-21 12:00:00"}',
    null,
    '{"user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성"}',
  ],
  [
    '{"id":1e400,"time":"2026-11-21 12:00:00","hello":"a"}',
    null,
    '{"time":"2026-11-21 12:00:00","user_name":"Unknown Name","dept_name":"Unknown Dept","gender":"여성","hello":"a"}',
  ],
  [
    '{"hello":NaN,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"\\"NaN\\"","id":3}',
  ],
  [
    '{"hello":-Infinity,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"\\"-Infinity\\"","id":3}',
  ],
  [
    '{"hello":+Infinity,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"\\"Infinity\\"","id":3}',
  ],
  [
    '{"hello":[NaN],"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"[\\"NaN\\"]","id":3}',
  ],
  [
    '{"hello":1e7,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.0E7","id":3}',
  ],
  [
    '{"hello":12345678.9,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.23456789E7","id":3}',
  ],
  [
    '{"hello":0.001,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"0.001","id":3}',
  ],
  [
    '{"hello":0.0001,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.0E-4","id":3}',
  ],
  [
    '{"hello":1e-5,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.0E-5","id":3}',
  ],
  [
    '{"hello":1e400,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"\\"Infinity\\"","id":3}',
  ],
  [
    '{"hello":-0,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"0","id":3}',
  ],
  [
    '{"hello":-0.0,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"-0.0","id":3}',
  ],
  [
    '{"hello":100000000000000000000000,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"100000000000000000000000","id":3}',
  ],
  [
    '{"hello":[ 1 , 2.0 ],"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"[1,2.0]","id":3}',
  ],
  [
    '{"hello":{"a" : {"b":[]}, "c":"\\u0041\\u00e9\\u001f\\/"},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{\\"a\\":{\\"b\\":[]},\\"c\\":\\"Aé\\\\u001F/\\"}","id":3}',
  ],
  [
    '{"hello":[true, null, false],"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"[true,null,false]","id":3}',
  ],
  [
    '{"hello":1E5,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"100000.0","id":3}',
  ],
  [
    '{"hello":123456789012345678,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"123456789012345678","id":3}',
  ],
  [
    '{"hello":0.1,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"0.1","id":3}',
  ],
  [
    '{"hello":3.0,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"3.0","id":3}',
  ],
  [
    '{"hello":1e21,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.0E21","id":3}',
  ],
  [
    '{"hello":1.7976931348623157e308,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"1.7976931348623157E308","id":3}',
  ],
  [
    '{"hello":2e-3,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"0.002","id":3}',
  ],
  [
    '{"hello":\'single\',"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"single","id":3}',
  ],
  [
    '{"hello":{\'a\':1},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{\\"a\\":1}","id":3}',
  ],
  [
    '{"hello":{},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{}","id":3}',
  ],
  [
    '{"hello":[],"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"[]","id":3}',
  ],
  [
    '{"hello":{"a":NaN,"b":-Infinity},"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"{\\"a\\":\\"NaN\\",\\"b\\":\\"-Infinity\\"}","id":3}',
  ],
  [
    '{"id":null,"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"time":"2026-11-21 12:00:00","time":null,"id":3}',
    "3",
    '{"user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00"}}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00"},',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '\n {"id":3,"time":"2026-11-21 12:00:00"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"id":3,"time":"a\\ud83d\\ude00b"}',
    "3",
    '{"time":"a😀b","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"id":3}',
  ],
  [
    '{"id":3,"time":"2026-11-21 12:00:00","hello":"\\u0000\\u007f\\u2028"}',
    "3",
    '{"time":"2026-11-21 12:00:00","user_id":3,"user_name":"user-3","dept_name":"dept-3","gender":"여성","age":4,"hello":"\\u0000 ","id":3}',
  ],
  [
    '{\'i"d\':3,"id":4,"time":"2026-11-21 12:00:00"}',
    "4",
    '{"time":"2026-11-21 12:00:00","user_id":4,"user_name":"user-4","dept_name":"dept-4","gender":"남성","age":5,"id":4}',
  ],
];
