namespace SsMfar.WebApi;

/// <summary>A request that cannot be answered; the message is for whoever sent it.</summary>
internal class RequestProblemException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;
}

/// <summary>A request that would be answered at another time.</summary>
internal sealed class ServiceBusyException(int retryAfter) : RequestProblemException(
    StatusCodes.Status503ServiceUnavailable, $"The server has as much to do as it can do in time. Come again in {retryAfter} s.")
{
    /// <summary>Gets the seconds.</summary>
    public int RetryAfter { get; } = retryAfter;
}
