/** Static table joined by `user_id`. */
export const NAMES = [
  { uid: 0, name: "김하늘" },
  { uid: 1, name: "이서준" },
  { uid: 2, name: "박지우" },
  { uid: 3, name: "최민서" },
  { uid: 4, name: "정도윤" },
  { uid: 5, name: "강예린" },
  { uid: 6, name: "조현우" },
  { uid: 7, name: "윤수아" },
  { uid: 8, name: "장시우" },
  { uid: 9, name: "임채원" },
] as const;

/** Static table joined by `dept_id`. */
export const DEPTS = [
  { did: 0, name: "데이터플랫폼" },
  { did: 1, name: "서비스개발" },
  { did: 2, name: "마케팅" },
  { did: 3, name: "영업" },
  { did: 4, name: "인사" },
] as const;
