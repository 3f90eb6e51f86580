<?php
// A front controller as Symfony applications have one.
require '/usr/share/php/Symfony/Component/HttpFoundation/autoload.php';

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

Request::enableHttpMethodParameterOverride();
$request = Request::createFromGlobals();

// The router decodes the path once. The field is what Symfony believed before CVE-2018-14773, and
// what other frameworks believe still.
$path = rawurldecode($request->headers->get('X-Original-URL') ?? $request->getPathInfo());

$acted = $request->getMethod() . ' ' . $path;
file_put_contents(getenv('ACTED'), "$acted\n", FILE_APPEND | LOCK_EX);

$text = "acted: $acted\n";
foreach ($request->request->all() as $name => $value) {
    $text .= "field: $name=" . (is_string($value) ? $value : json_encode($value)) . "\n";
}
foreach (array_filter($request->files->all()) as $name => $file) {
    $text .= "file: $name=" . hash_file('sha256', $file->getPathname()) . "\n";
}
$text .= 'content: ' . hash('sha256', $request->getContent()) . "\n";
(new Response($text, 200, ['Content-Type' => 'text/plain']))->prepare($request)->send();
