<?xml version="1.0" encoding="UTF-8"?>
<err:ErrorResponse xmlns:err="http://www.govtalk.gov.uk/CM/errorresponse" SchemaVersion="2.0">
  <err:Error>
    <err:Number>1002</err:Number>
    <err:Type>business</err:Type>
    <err:Text>Name at least two countries of the route: where it begins and where it ends.</err:Text>
    <err:Location>/ie:CC315A[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1202</err:Number>
    <err:Type>business</err:Type>
    <err:Text>Name the consignee, for the whole consignment or for each item; only negotiable bills of lading 'to order' do without.</err:Text>
    <err:Location>/ie:CC315A[1]/GOOITEGDS[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1203</err:Number>
    <err:Type>business</err:Type>
    <err:Text>The consignor stands at the whole consignment or at the items, not at both.</err:Text>
    <err:Location>/ie:CC315A[1]/GOOITEGDS[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1203</err:Number>
    <err:Type>business</err:Type>
    <err:Text>The consignor stands at the whole consignment or at the items, not at both.</err:Text>
    <err:Location>/ie:CC315A[1]/GOOITEGDS[2]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1301</err:Number>
    <err:Type>business</err:Type>
    <err:Text>No packages are counted here, and no other item has packages with the same marks.</err:Text>
    <err:Location>/ie:CC315A[1]/GOOITEGDS[3]/PACGS2[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1401</err:Number>
    <err:Type>business</err:Type>
    <err:Text>Name the carrier by its TIN, or by name and country.</err:Text>
    <err:Location>/ie:CC315A[1]/TRACARENT601[1]</err:Location>
  </err:Error>
</err:ErrorResponse>
