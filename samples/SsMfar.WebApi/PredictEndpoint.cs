using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.WebApi;

/// <summary>
/// One cropped face in, or a picture with the face's box, JSON out. Decoding takes a place; a face that waits for its batch takes none.
/// </summary>
internal static class PredictEndpoint
{
    public static Task<IResult> HandleAsync(
        HttpRequest request, IAffectPredictor predictor, ImageDecoder decoder, PictureRequest pictures) =>
        pictures.AnswerAsync<AffectPrediction>(request, () =>
        {
            FaceBox? box = FaceBoxQuery.Read(request.Query);
            return picture =>
            {
                FaceImage face = FaceImage.FromStream(picture, box, "picture").Prepare(predictor.Metadata, decoder);
                return Task.FromResult<PictureWork<AffectPrediction>>(gone => predictor.PredictAsync(face, gone));
            };
        });
}
