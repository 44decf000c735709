<?xml version="1.0" encoding="UTF-8"?>
<err:ErrorResponse xmlns:err="http://www.govtalk.gov.uk/CM/errorresponse" SchemaVersion="2.0">
  <err:Error>
    <err:Text>Not valid: mode of transport, total gross mass, kind of packages, TIN of the person lodging, time of arrival</err:Text>
  </err:Error>
</err:ErrorResponse>
