<?xml version="1.0" encoding="UTF-8"?>
<err:ErrorResponse xmlns:err="http://www.govtalk.gov.uk/CM/errorresponse" SchemaVersion="2.0">
  <err:Error>
    <err:Number>1001</err:Number>
    <err:Type>business</err:Type>
    <err:Text>Number the goods items 1, 2, 3 and so on, in the order in which they stand.</err:Text>
    <err:Location>/ie:CC315A[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1101</err:Number>
    <err:Type>business</err:Type>
    <err:Text>The total number of items is not the number of goods items in the message.</err:Text>
    <err:Location>/ie:CC315A[1]/HEAHEA[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1102</err:Number>
    <err:Type>business</err:Type>
    <err:Text>A ship is named by its IMO number of seven digits, an inland vessel by its ENI number of eight.</err:Text>
    <err:Location>/ie:CC315A[1]/HEAHEA[1]</err:Location>
  </err:Error>
  <err:Error>
    <err:Number>1104</err:Number>
    <err:Type>business</err:Type>
    <err:Text>The goods items weigh more than the whole consignment.</err:Text>
    <err:Location>/ie:CC315A[1]/HEAHEA[1]</err:Location>
  </err:Error>
</err:ErrorResponse>
