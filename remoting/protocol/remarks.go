package protocol

// FAQ ends the remarks that Java ends so. Java: FAQUrl.
const FAQ = "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."
