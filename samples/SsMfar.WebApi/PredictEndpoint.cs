using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>One cropped face in, or a picture with the face's box, JSON out.</summary>
internal static class PredictEndpoint
{
    public static Task<IResult> HandleAsync(HttpRequest request, IAffectPredictor predictor) => PictureRequest.AnswerAsync(async () =>
    {
        FaceBox? face = FaceBoxQuery.Read(request.Query);
        Stream picture = await PictureRequest.OpenAsync(request);
        return Results.Ok(await predictor.PredictAsync(picture, face, request.HttpContext.RequestAborted));
    });
}
