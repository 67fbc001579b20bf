using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.WebApi;

/// <summary>One cropped face in, or a picture with the face's box, JSON out.</summary>
internal static class PredictEndpoint
{
    public static Task<IResult> HandleAsync(HttpRequest request, IAffectPredictor predictor, PictureRequest pictures) =>
        pictures.AnswerAsync<AffectPrediction>(request, () =>
        {
            FaceBox? face = FaceBoxQuery.Read(request.Query);
            return picture => predictor.Predict(FaceImage.FromStream(picture, face, "picture"));
        });
}
