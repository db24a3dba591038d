"""Sample answers: rows as the provider is known to write them."""

TOPUP = """{"transactionId":128959196,"transactionDate":"12/9/2021 05:09","invoiceAmount":1.680,
 "faceValue":2.00,"discount":0.0,"fee":0.0,
 "product":{"skuId":3612,"productName":"Robi-Bangladesh","faceValue":2.00,"instructions":null},
 "topupDetail":{"localCurrencyAmount":144.32,"salesTaxAmount":0.00,
  "localCurrencyAmountExcludingTax":144.32,"destinationCurrency":"BDT",
  "operatorTransactionId":null},
 "pins":null,"giftCardDetail":null,"simInfo":null,"billPaymentDetail":null}"""

PIN = """{"transactionId":129064031,"transactionDate":"12/12/2021 07:05","invoiceAmount":1.620,
 "faceValue":2.00,"discount":0.0,"fee":0.0,
 "product":{"skuId":3576,"productName":"White Calling PINS - Italy","faceValue":2.00,
  "instructions":""},
 "topupDetail":null,
 "pins":[{"pinNumber":"000 0000 001","controlNumber":"10000001","deliveredAmount":2.00,
  "deliveredCurrencyCode":"EUR"}],
 "giftCardDetail":null,"simInfo":null,"billPaymentDetail":null}"""

OTHER_DETAILS = """{"transactionId":1,"pins":[],
 "giftCardDetail":{"cardNumber":"XXXX-0000-0001","pin":"0000","expirationDate":null,
  "certificateLink":"https://example.invalid/claim/1"},
 "simInfo":{"simNumber":"8901","language":"en","zipCode":"33101","mobileNumber":"13055550100"},
 "billPaymentDetail":{"accountNumber":"04123456789","token":"1234-5678-9012-3456-7890",
  "unit":"31.4 kWh","receivedNarration":null},
 "esimDetail":{"iccid":"8900000000000000001","smdpAddress":"smdp.example.invalid",
  "activationCode":"LPA:1$smdp.example.invalid$TEST-1","qrCode":null}}"""

SKU_FIXED = r"""{"skuId":1210,"skuName":"Airtel India Bundles 798.00 INR",
 "min":{"faceValue":798.00,"faceValueCurrency":"INR","deliveredAmount":798.00,
  "deliveryCurrencyCode":"INR","faceValueInWalletCurrency":10.92},
 "max":{"faceValue":798.00,"faceValueCurrency":"INR","deliveredAmount":798.00,
  "deliveryCurrencyCode":"INR","faceValueInWalletCurrency":10.92},
 "discount":7,"fee":0,"category":"Rtr","validity":"5D","productId":114,"countryCode":"IN",
 "operatorId":2,"operatorName":"Airtel",
 "productDescription":"Get 2 GB Data + 150 Mins IC+OG (India + Local) + 20 SMS\n5 Days validity",
 "internationalCountryCode":["91"],"productName":"Airtel India Bundles","exchangeRate":73.0769,
 "isSalesTaxCharged":false,"salesTax":0.0,"localPhoneNumberLength":10,"allowDecimal":false,
 "benefitType":"Data","imageUrl":null,"additionalInformation":null,"region":null,
 "deliveryAmountType":"Fixed","subCategory":null,"requireFetchBundle":false}"""

SKU_RANGE = """{"skuId":3600,"skuName":"Robi-Bangladesh 1.00 - 50.00 EUR",
 "min":{"faceValue":1.00,"faceValueCurrency":"EUR","deliveredAmount":72.16,
  "deliveryCurrencyCode":"BDT","cost":0.84,"costCurrency":"EUR","faceValueInWalletCurrency":1.00},
 "max":{"faceValue":50.00,"faceValueCurrency":"EUR","deliveredAmount":3608.00,
  "deliveryCurrencyCode":"BDT","cost":42.00,"costCurrency":"EUR",
  "faceValueInWalletCurrency":50.00},
 "exchangeRate":72.16,"category":"Rtr","productId":765,"productName":"Robi-Bangladesh",
 "countryCode":"BD","allowDecimal":true,"localPhoneNumberLength":10,
 "internationalCountryCode":["880"],"fee":0.0,"isSalesTaxCharged":false,"salesTax":0.0}"""

SKU_FLAT = """{"skuId":5,"skuName":"Old","minAmount":1.50,"maxAmount":20,"currencyCode":"USD",
 "deliveryCurrencyCode":"JMD","carrierName":"Digicel","discount":"4.5"}"""

PRODUCT = """{"productId":8,"category":"Pin","productName":"AT&T PIN US ","countryCode":"US",
 "operatorId":6,"operatorName":"AT&T","imageUrl":"http://www.valuetopup.com/image/index/16351",
 "description":null,"requireFetchBundle":false}"""

COUNTRY = """{"countryCode":"JM","countryName":"Jamaica","region":"Caribbean",
 "internationalCountryCode":"1876","areaCodes":"","numberLength":"7"}"""

OPERATOR = """{"operatorId":2,"operatorName":"Airtel","imageUrl":null}"""

LOOKUP = """{"productId":114,"productName":"Airtel India Bundles","category":"Rtr",
 "countryCode":"IN","operator":"Airtel","operatorId":2,"denominationType":"Fixed","skus":[]}"""

PROMOTION = """{"promotionName":"Digicel Jamaica 3X","startDate":"2026-03-01T00:00:00",
 "endDate":"2026-03-03T23:59:00","description":"Triple credit","restriction":"Prepaid only",
 "promotionMinMax":{"currencyCode":"USD","minAmount":10,"maxAmount":50},
 "product":{"productId":9101,"productName":"Digicel Jamaica","countryCode":"JM",
  "operatorName":"Digicel"}}"""

BUNDLE = """{"skuId":9201,"skuName":"Super bundle","productId":114,
 "productDescription":"2 GB, 28 days","validity":"28D",
 "min":{"faceValue":299.00,"faceValueCurrency":"INR"},
 "max":{"faceValue":299.00,"faceValueCurrency":"INR"}}"""

ACCOUNT = """{"accountNumber":"04123456789","customerName":"A. Customer","billAmount":1520.00,
 "currencyCode":"NGN","dueDate":null}"""

ESIM_BUNDLE = """{"iccid":"8900000000000000001","bundleName":"1 GB 7 days","totalData":1024,
 "remainingData":512,"unit":"MB","status":"Active","expiryDate":null}"""

RATE = """{"skuId":1210,"productName":"Airtel India Bundles","currencyCode":"INR",
 "exchangeRate":73.0769}"""

ESTIMATE = """{"invoiceAmount":1.68,"faceValue":2.00,"faceValueCurrency":"EUR",
 "localCurrencyAmount":144.32,"destinationCurrency":"BDT","salesTaxAmount":0.00}"""

GIFT_CARD = """{"cardNumber":"XXXX-0000-0001","pin":"0000","expirationDate":null,
 "certificateLink":"https://example.invalid/claim/1"}"""
