// POST a picture as the body or as the file of a form, get JSON:
//   dotnet run --project samples/SsMfar.WebApi -c Release -- --model affect.onnx --urls http://127.0.0.1:5000
//   curl -H 'Content-Type: image/jpeg' --data-binary @face.jpg http://127.0.0.1:5000/predict
//   curl -F picture=@photograph.jpg 'http://127.0.0.1:5000/predict?x=212&y=80.5&width=160&height=160'
// or a photograph with any number of people (--detector FILE takes another detector):
//   curl -H 'Content-Type: image/jpeg' --data-binary @photograph.jpg http://127.0.0.1:5000/faces
//   curl http://127.0.0.1:5000/health
// What it takes on at a time is in ServiceLimits: --Limits:AtOnce 4 --Limits:Waiting 20 --Limits:Batch 3.
using SsMfar.WebApi;

PredictionService.Create(args).Run();
