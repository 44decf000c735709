<?xml version="1.0" encoding="UTF-8"?>
<err:ErrorResponse xmlns:err="http://www.govtalk.gov.uk/CM/errorresponse" SchemaVersion="2.0">
</err:ErrorResponse>
